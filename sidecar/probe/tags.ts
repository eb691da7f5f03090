/** A line of the user's code. */
export interface Site {
  /** From the project's root with `/`, or absolute when it lies elsewhere. */
  readonly file: string;
  readonly line: number;
  /** Empty for code outside functions and functions without a name. */
  readonly function: string;
}

const longestName = 120;
const longestFile = 400;

/** `file='src%2Fa.ts',function='list',line='12'`, made once for each site. */
export function siteTags(site: Site): string {
  const { file, line } = site;
  const name = site.function.slice(0, longestName);
  const named = name === '' ? '' : `,function='${encoded(name)}'`;
  return `file='${encoded(file.slice(-longestFile))}'${named},line='${line}'`;
}

/**
 * The comment of sqlcommenter (https://google.github.io/sqlcommenter/spec/), keys in order; empty when there is nothing to
 * tell. `traceparent` has been checked to be one, and so needs no encoding.
 */
export function tagComment(site: string | null, traceparent: string | null): string {
  const trace = traceparent === null ? '' : `traceparent='${traceparent}'`;
  if (site === null) return trace === '' ? '' : `/*${trace}*/`;
  return trace === '' ? `/*${site}*/` : `/*${site},${trace}*/`;
}

/**
 * The text with the comment at its end; null when the text is better left alone: it has a comment already (the
 * specification's rule, and an open one would be closed by ours), its quotes do not pair up, or it asks for nothing. A
 * statement that ends too early has its error where the comment ends; nothing else is changed.
 */
export function withComment(text: string, comment: string): string | null {
  if (comment === '' || text.includes('/*') || text.trim() === '' || hasOpenQuote(text)) return null;
  // A comment to the end of the line would swallow ours.
  return text + (text.includes('--') ? '\n' : ' ') + comment;
}

/** Such a statement fails, and its error says where: our quotes would move the place. */
function hasOpenQuote(text: string): boolean {
  let isOpen = false;
  for (let at = text.indexOf("'"); at >= 0; at = text.indexOf("'", at + 1)) isOpen = !isOpen;
  return isOpen;
}

/** Also what encodeURIComponent leaves: a quote would end the value, an asterisk and a slash the comment. */
function encoded(value: string): string {
  return encodeURIComponent(wellFormed(value)).replace(
    /[!'()*~]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** Half of a surrogate pair cannot be encoded. */
const wellFormed = (text: string): string => text.replace(/[\uD800-\uDFFF]/gu, '_');
