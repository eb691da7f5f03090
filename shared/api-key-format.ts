/**
 * The written form of an API key, known offline: `<prefix>_<environment>_<secret><checksum>`, for example
 * `sc_live_` and 32 + 6 letters and digits. The secret has 190 random bits; the checksum (CRC-32 of all before it,
 * in base 62) tells a real key from a look-alike without asking anybody. Pure, for Node and browsers.
 */
export interface ApiKeyText {
  readonly prefix: string;
  readonly environment: string;
  readonly secret: string;
  /** False for look-alikes and keys copied wrongly. */
  readonly isChecksumRight: boolean;
}

export const apiKeyPrefixPattern = /^[a-z][a-z0-9]{1,15}$/;
export const apiKeyEnvironmentPattern = /^[a-z]{2,12}$/;

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const secretLength = 32;
const checksumLength = 6;
const wholePattern = /^([a-z][a-z0-9]{1,15})_([a-z]{2,12})_([0-9A-Za-z]{32})([0-9A-Za-z]{6})$/;

/** Writes a key; `secret` comes from `makeSecret`. */
export function writeApiKey(parts: {
  readonly prefix: string;
  readonly environment: string;
  readonly secret: string;
}): string {
  const body = `${parts.prefix}_${parts.environment}_${parts.secret}`;
  return body + checksumOf(body);
}

/** Takes a key apart; null when the text does not have the form at all. */
export function readApiKey(text: string): ApiKeyText | null {
  const found = wholePattern.exec(text);
  if (!found) return null;
  const [, prefix = '', environment = '', secret = '', checksum = ''] = found;
  const isChecksumRight = checksumOf(text.slice(0, -checksumLength)) === checksum;
  return { prefix, environment, secret, isChecksumRight };
}

/** The characters a person may see of a key to tell it from others: `sc_live_ab12`. */
export function startOfApiKey(text: string): string {
  const { prefix, environment, secret } = readApiKey(text) ?? {
    prefix: '',
    environment: '',
    secret: '',
  };
  return prefix === '' ? '' : `${prefix}_${environment}_${secret.slice(0, 4)}`;
}

/** Every whole key with a right checksum in a text, as UTF-16 ranges; for scanners and editors. */
export function findApiKeys(
  text: string,
  prefix: string,
): readonly { readonly start: number; readonly end: number; readonly text: string }[] {
  if (!apiKeyPrefixPattern.test(prefix)) return [];
  const pattern = new RegExp(`(?<![0-9A-Za-z_])${prefix}_[a-z]{2,12}_[0-9A-Za-z]{38}(?![0-9A-Za-z_])`, 'g');
  return [...text.matchAll(pattern)]
    .filter(([found]) => readApiKey(found)?.isChecksumRight)
    .map((match) => ({ start: match.index, end: match.index + match[0].length, text: match[0] }));
}

/** A fresh secret; `randomBytes` must be a cryptographic source. Bytes that would favour some letters are dropped. */
export function makeSecret(randomBytes: (count: number) => Uint8Array): string {
  let secret = '';
  while (secret.length < secretLength) {
    for (const byte of randomBytes(secretLength)) {
      if (byte < 248 && secret.length < secretLength) secret += alphabet[byte % 62] ?? '';
    }
  }
  return secret;
}

function checksumOf(body: string): string {
  let left = crc32(body);
  let text = '';
  for (let index = 0; index < checksumLength; index += 1) {
    text = (alphabet[left % 62] ?? '') + text;
    left = Math.floor(left / 62);
  }
  return text;
}

/** CRC-32 as in ISO 3309 and PNG (polynomial 0xEDB88320, reflected), of ASCII text. */
function crc32(text: string): number {
  let value = 0xffffffff;
  for (let index = 0; index < text.length; index += 1) {
    value = (crcTable[(value ^ text.charCodeAt(index)) & 0xff] ?? 0) ^ (value >>> 8);
  }
  return (value ^ 0xffffffff) >>> 0;
}

const crcTable = Int32Array.from({ length: 256 }, (_, index) => {
  let value = index;
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value;
});
