/** Strings up to this long are unescaped where the last one was; a longer one gets its own bytes. */
const usualBytes = 16_384;

/** What a JSON string says, as UTF-8, until the next one is unescaped. */
export interface Unescaped {
  buffer: Buffer;
  length: number;
  /** Where the string ends in the text: its closing quote, or the text's end. */
  end: number;
}

const usual = Buffer.allocUnsafeSlow(usualBytes);
const answer: Unescaped = { buffer: usual, length: 0, end: 0 };

/** Where the string that goes on at an offset ends: at its closing quote, or with the text. */
export function endOfEscaped(json: Uint8Array, from: number): number {
  let at = from;
  for (; at < json.length && json[at] !== 34; at += 1) if (json[at] === 92) at += 1;
  return Math.min(at, json.length);
}

/** What follows the backslash, and what it means. */
const plainEscapes = new Uint8Array(256);
for (const [letter = '', meaning = ''] of ['n\n', 't\t', 'r\r', 'b\b', 'f\f', '""', '\\\\', '//'])
  plainEscapes[letter.charCodeAt(0)] = meaning.charCodeAt(0);

/** The string that begins at an offset, its escapes taken off (RFC 8259 §7); one that JSON does not know is left as it is. */
export function unescape(json: Uint8Array, from: number): Unescaped {
  answer.buffer = usual;
  if (isUnescapedInto(usual, json, from, from + usualBytes)) return answer;
  const end = endOfEscaped(json, from);
  answer.buffer = Buffer.allocUnsafeSlow(end - from);
  isUnescapedInto(answer.buffer, json, from, end);
  return answer;
}

/** False when the string goes on behind `last`: what it says is never longer than how it is written. */
function isUnescapedInto(bytes: Uint8Array, json: Uint8Array, from: number, last: number): boolean {
  const to = Math.min(json.length, last);
  let length = 0;
  let at = from;
  while (at < to) {
    const byte = json[at] ?? 0;
    if (byte === 34) break;
    if (byte !== 92 || at + 1 === json.length) {
      bytes[length] = byte;
      length += 1;
      at += 1;
      continue;
    }
    const next = json[at + 1] ?? 0;
    const unit = next === 117 ? unitAt(json, at) : -1;
    if (unit >= 0) {
      const low = unit >= 0xd800 && unit < 0xdc00 ? unitAt(json, at + 6) : -1;
      const isPair = low >= 0xdc00 && low < 0xe000;
      length = put(bytes, length, isPair ? 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00) : unit);
      at += isPair ? 12 : 6;
      continue;
    }
    const meaning = plainEscapes[next] ?? 0;
    if (meaning === 0) {
      bytes[length] = byte;
      length += 1;
    }
    bytes[length] = meaning === 0 ? next : meaning;
    length += 1;
    at += 2;
  }
  answer.length = Math.min(length, bytes.length);
  answer.end = Math.min(at, json.length);
  return at < to || to === json.length;
}

/** The UTF-16 unit of the escape `\uXXXX` at an offset; -1 when none stands there. */
function unitAt(json: Uint8Array, at: number): number {
  if (at + 6 > json.length || json[at] !== 92 || json[at + 1] !== 117) return -1;
  let unit = 0;
  for (let digit = at + 2; digit < at + 6; digit += 1) {
    const value = hexValue(json[digit] ?? 0);
    if (value < 0) return -1;
    unit = unit * 16 + value;
  }
  return unit;
}

function hexValue(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : -1;
}

/** Puts a code point down as UTF-8; answers where the next one goes. */
function put(bytes: Uint8Array, at: number, point: number): number {
  if (point < 0x80) {
    bytes[at] = point;
    return at + 1;
  }
  let length = point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
  const next = at + length;
  let rest = point;
  for (length -= 1; length > 0; length -= 1) {
    bytes[at + length] = 0x80 | (rest & 0x3f);
    rest >>= 6;
  }
  bytes[at] = (point < 0x800 ? 0xc0 : point < 0x10000 ? 0xe0 : 0xf0) | rest;
  return next;
}
