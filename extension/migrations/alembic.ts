/** One revision of an Alembic history. */
export interface Revision {
  readonly id: string;
  /** What it comes after. */
  readonly after: readonly string[];
}

const assigned = (name: string): RegExp => new RegExp(`^${name}\\s*(?::[^=\\n]+)?=\\s*`, 'm');
const quoted = /["']([^"']+)["']/g;

/** A version script declares its id and what it comes after as constants; null for other files. */
export function revisionIn(script: string): Revision | null {
  const [id] = valuesOf(script, 'revision');
  return id === undefined ? null : { id, after: valuesOf(script, 'down_revision') };
}

/** A string, a tuple of strings over several lines, or None. */
function valuesOf(script: string, name: string): readonly string[] {
  const found = assigned(name).exec(script);
  if (!found) return [];
  const rest = script.slice(found.index + found[0].length, found.index + found[0].length + 2000);
  const value = /^[([]/.test(rest) ? rest.slice(0, closingAt(rest)) : (rest.split('\n', 1)[0] ?? '');
  return [...value.matchAll(quoted)].map(([, each = '']) => each);
}

function closingAt(text: string): number {
  const at = text.search(/[)\]]/);
  return at < 0 ? text.length : at;
}

/** The revisions that nothing comes after. Alembic lets an id be named by its beginning. */
export function headsOf(revisions: readonly Revision[]): readonly string[] {
  const after = revisions.flatMap((each) => each.after);
  return revisions
    .filter(({ id }) => !after.some((each) => each === id || (each.length >= 4 && id.startsWith(each))))
    .map(({ id }) => id)
    .sort();
}

/** `script_location` of an alembic.ini or of `[tool.alembic]`; null when it is not named. */
export function scriptLocation(settings: string): string | null {
  const told = /^\s*script_location\s*=\s*["']?([^"'\n#;]+?)["']?\s*$/m.exec(settings)?.[1];
  return told === undefined ? null : told.replace(/%\(here\)s[\\/]?/, '');
}

/** `version_locations`, where versions lie elsewhere than in `versions`: the first one; null without. */
export function versionLocation(settings: string): string | null {
  const told = /^\s*version_locations\s*=\s*(.+)$/m.exec(settings)?.[1] ?? '';
  const [first = ''] = told
    .replaceAll(/%\(here\)s[\\/]?|["'[\]]/g, '')
    .trim()
    .split(/[\s;:,]+/);
  return first === '' ? null : first;
}
