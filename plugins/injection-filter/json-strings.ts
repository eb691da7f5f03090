/** Called for each string in a JSON text, keys included; answering true ends the walk. */
export type StringVisitor = (value: string, isKey: boolean, offset: number) => boolean;

/** Levels of nesting that a path names. */
const deepest = 200;

/**
 * Visits every string of a JSON text in one pass without building objects: duplicate keys, comments, trailing text and
 * broken JSON are seen too, as a lax parser behind the filter might see them. Returns true when a visitor ended it.
 */
export function visitStrings(text: string, visit: StringVisitor): boolean {
  let at = text.indexOf('"');
  while (at >= 0) {
    const end = endOfString(text, at);
    const raw = text.slice(at + 1, end);
    const value = raw.includes('\\') ? unescaped(raw) : raw;
    if (visit(value, isKeyAt(text, end + 1), at)) return true;
    at = text.indexOf('"', end + 1);
  }
  return false;
}

/** The offset of the closing quote, or the text's end. */
function endOfString(text: string, open: number): number {
  let end = text.indexOf('"', open + 1);
  while (end > 0 && text.charCodeAt(end - 1) === 92 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end < 0 ? text.length : end;
}

function isEscaped(text: string, at: number): boolean {
  let slashes = 0;
  while (text.charCodeAt(at - 1 - slashes) === 92) slashes += 1;
  return slashes % 2 === 1;
}

function isKeyAt(text: string, from: number): boolean {
  let at = from;
  while (text.charCodeAt(at) <= 32) at += 1;
  return text.charCodeAt(at) === 58;
}

const plainEscapes: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', b: '\b', f: '\f' };

/** JSON's escapes; one that JSON does not know is left as it is. */
function unescaped(raw: string): string {
  return raw.replace(
    /\\(?:u([0-9a-fA-F]{4})|([\s\S]))/g,
    (whole, hex: string | undefined, plain: string | undefined) => {
      if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
      if (plain === '"' || plain === '\\' || plain === '/') return plain;
      return plain === undefined ? whole : (plainEscapes[plain] ?? whole);
    },
  );
}

/**
 * Reads dotted paths of strings, array positions as `*`: `config.nodes.*.prompt`. Offsets asked for in rising order cost
 * one pass over the text in all.
 */
export function pathReader(text: string): (offset: number) => string {
  let walk = { at: 0, key: '', path: [] as string[] };
  return (offset) => {
    if (offset < walk.at) walk = { at: 0, key: '', path: [] };
    while (walk.at < offset) walk.at = stepPath(text, walk);
    return [...walk.path, walk.key].filter((each) => each !== '').join('.');
  };
}

/** One token further; answers where the next begins. */
function stepPath(text: string, walk: { readonly at: number; key: string; readonly path: string[] }): number {
  const { at } = walk;
  switch (text.charCodeAt(at)) {
    case 34: {
      const end = endOfString(text, at);
      if (isKeyAt(text, end + 1)) walk.key = text.slice(at + 1, Math.min(end, at + 65));
      return end + 1;
    }
    case 123: // {
    case 91: // [
      if (walk.path.length < deepest) walk.path.push(walk.key);
      walk.key = text[at] === '[' ? '*' : '';
      return at + 1;
    case 125: // }
    case 93: // ]
      walk.key = walk.path.pop() ?? '';
      return at + 1;
    default:
      return at + 1;
  }
}
