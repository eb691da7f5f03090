import { suspicionOf } from './suspicion.ts';

/** Longer texts, and more pairs, are read the ordinary way. */
const longestText = 8192;
const mostPairs = 32;

const bytes = Buffer.allocUnsafeSlow(longestText);
/** Where each name begins and ends in `bytes`. */
const names = new Int32Array(2 * mostPairs);

/** Characters of names that need no look: letters, digits and `_ . [ ] $ : -`. */
const nameBytes = new Uint8Array(256);
for (const each of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.[]$:-')
  nameBytes[each.charCodeAt(0)] = 1;
const longestName = 64;

/**
 * Whether a query or form holds nothing to look at: ASCII once decoded, ordinary names that come once each, and no value
 * that may be anything. Nothing is cut out or kept, since this is what nearly every request has.
 */
export function isPlainPairs(text: string): boolean {
  if (text.length > longestText) return false;
  let pairs = 0;
  let length = 0;
  let valueAt = -1;
  let nameAt = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : 38;
    if (code === 38) {
      const nameEnd = valueAt < 0 ? length : valueAt;
      if (pairs === mostPairs || !isNewName(nameAt, nameEnd, pairs)) return false;
      if (valueAt >= 0 && suspicionOf(bytes, valueAt, length) !== 0) return false;
      pairs += 1;
      nameAt = length;
      valueAt = -1;
    } else if (code === 61 && valueAt < 0) valueAt = length;
    else if (code === 37) {
      const decoded = escapeAt(text, at);
      if (decoded < 0) return false;
      bytes[length] = decoded;
      length += 1;
      at += 2;
    } else {
      if (code > 127) return false;
      bytes[length] = code === 43 ? 32 : code;
      length += 1;
    }
  }
  return true;
}

/** The ASCII character of `%XX`; -1 for any other, which is read the ordinary way. */
function escapeAt(text: string, at: number): number {
  const high = hexValue(text.charCodeAt(at + 1));
  const low = hexValue(text.charCodeAt(at + 2));
  return high < 0 || high > 7 || low < 0 ? -1 : high * 16 + low;
}

function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** Whether a name is an ordinary one and none before it is the same; it is then kept. */
function isNewName(start: number, end: number, count: number): boolean {
  if (end - start > longestName) return false;
  for (let at = start; at < end; at += 1) if (nameBytes[bytes[at] ?? 0] !== 1) return false;
  for (let each = 0; each < count; each += 1) if (isSame(start, end, each)) return false;
  names[2 * count] = start;
  names[2 * count + 1] = end;
  return true;
}

function isSame(start: number, end: number, each: number): boolean {
  const other = names[2 * each] ?? 0;
  if ((names[2 * each + 1] ?? 0) - other !== end - start) return false;
  for (let at = 0; at < end - start; at += 1) if (bytes[other + at] !== bytes[start + at]) return false;
  return true;
}

/** Whether no cookie's value may be anything; one with an escape is read the ordinary way. */
export function isPlainCookies(text: string): boolean {
  if (text.length > longestText) return false;
  let valueAt = 0;
  let hasName = false;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : 59;
    if (code === 59) {
      if (suspicionOf(bytes, valueAt, at) !== 0) return false;
      valueAt = at + 1;
      hasName = false;
      continue;
    }
    if (code > 127 || code === 37) return false;
    bytes[at] = code;
    if (code === 61 && !hasName) {
      hasName = true;
      valueAt = at + 1;
    }
  }
  return true;
}
