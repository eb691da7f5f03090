/** What stands where a secret was. */
export const masked = '[redacted]';

const maxTargetLength = 2048;
const maxStringLength = 1024;
const maxDepth = 8;
const maxEntries = 200;

/**
 * Path and query for the log: values of secret parameters masked, cut at 2,048 characters. Names are compared
 * decoded and in lower case, so `%61pi_key=` hides nothing.
 */
export function targetMask(secretParameters: readonly string[]): (path: string, query: string) => string {
  const secret = new Set(secretParameters.map((name) => name.toLowerCase()));
  const mayHoldOne = new RegExp(
    [...secret]
      .map((name) => name.replace(/[^a-z0-9_-]/g, '\\$&'))
      .concat('%')
      .join('|'),
    'i',
  );
  return (path, query) => {
    if (query === '') return cut(path);
    if (!mayHoldOne.test(query)) return cut(`${path}?${query}`);
    return cut(
      `${path}?${query
        .split('&')
        .map((pair) => maskedPair(pair, secret))
        .join('&')}`,
    );
  };
}

function maskedPair(pair: string, secret: ReadonlySet<string>): string {
  const end = pair.indexOf('=');
  if (end === -1) return pair;
  const name = pair.slice(0, end);
  return secret.has(decoded(name).toLowerCase()) ? `${name}=${masked}` : pair;
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name.replaceAll('+', ' '));
  } catch {
    // A malformed escape is what it says: such a name is no parameter of anybody's.
    return name;
  }
}

const cut = (text: string): string =>
  text.length > maxTargetLength ? `${text.slice(0, maxTargetLength - 1)}…` : text;

/** Field names that hold a secret wherever they appear. */
const secretName =
  /pass(word|wd|phrase)?$|secret|token|api[-_]?key|private[-_]?key|credential|^authorization$|^cookie$|connection[-_]?string/i;
/** `user:password@` in a URL, up to the last `@` before the path. */
const urlPassword = /(\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@]*:)[^\s/]+@/gi;
/** `?password=` in a URL, as PostgreSQL's connection strings allow it. */
const urlParameter = /([?&][a-z_-]*(?:password|token|secret|key)=)[^&\s]+/gi;
/** An API key or bearer token in the middle of a text. */
const keyInText = /\b(bearer\s+|[a-z]{2,10}_(?:live|test)_|(?:sk|pk|key)[_-])[A-Za-z0-9_.~+/=-]{12,}/gi;

/** A copy of plain JSON data with secrets masked and everything bounded, fit for the log. */
export function maskedData(
  value: unknown,
  secretFields: ReadonlySet<string> = new Set(),
  depth = 0,
): unknown {
  if (typeof value === 'string') return maskedText(value);
  if (typeof value !== 'object' || value === null) return typeof value === 'bigint' ? String(value) : value;
  if (depth >= maxDepth) return '…';
  if (Array.isArray(value)) {
    return value.slice(0, maxEntries).map((each) => maskedData(each, secretFields, depth + 1));
  }
  const pairs = Object.entries(value).slice(0, maxEntries);
  return Object.fromEntries(
    pairs.map(([name, each]) => {
      const isSecret = secretFields.has(name) || (secretName.test(name) && isText(each));
      return [name, isSecret ? masked : maskedData(each, secretFields, depth + 1)];
    }),
  );
}

/** Only a text can be a secret: `tokens: 5` is a count. */
const isText = (value: unknown): boolean => typeof value === 'string' && value !== '';

export function maskedText(text: string): string {
  const safe = text
    .replace(urlPassword, `$1${masked}@`)
    .replace(urlParameter, `$1${masked}`)
    .replace(keyInText, `$1${masked}`);
  return safe.length > maxStringLength ? `${safe.slice(0, maxStringLength - 1)}…` : safe;
}

/** Top-level fields a command's schema marks `writeOnly` (JSON Schema): its author knows them to be secret. */
export function secretFieldsOf(inputSchema: Readonly<Record<string, unknown>>): ReadonlySet<string> {
  const { properties } = inputSchema;
  if (typeof properties !== 'object' || properties === null) return new Set();
  return new Set(
    Object.entries(properties)
      .filter(([, each]: [string, unknown]) => isWriteOnly(each))
      .map(([name]) => name),
  );
}

const isWriteOnly = (schema: unknown): boolean =>
  typeof schema === 'object' && schema !== null && 'writeOnly' in schema && schema.writeOnly === true;
