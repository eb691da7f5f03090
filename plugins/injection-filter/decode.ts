/* oxlint-disable no-control-regex -- control characters are what browsers and decoders drop */
import { isUtf8 } from 'node:buffer';
import { entities } from './entities.ts';
import { escapes, holdsOne, onceEach, replaced } from './escapes.ts';

/** A text and the encodings that were taken off to get it, outermost first. */
export interface Decoded {
  readonly text: string;
  readonly by: readonly string[];
}

interface Step {
  readonly name: string;
  /** Cheap: whether the step could change the text. */
  readonly applies: (text: string) => boolean;
  readonly decode: (text: string) => string;
  /** Whether the step would find nothing more to do in what it gives. */
  readonly isDoneAtOnce: boolean;
}

/** Nobody encodes deeper for a good reason; every round is linear. */
const mostRounds = 5;

const steps: readonly Step[] = [
  {
    name: 'plus',
    applies: (text) => text.includes('+') && plusForSpace.test(text),
    decode: (text) => text.replaceAll('+', ' '),
    isDoneAtOnce: true,
  },
  {
    name: 'percent',
    applies: (text) => holdsOne(text, percents),
    decode: percentDecoded,
    isDoneAtOnce: false,
  },
  {
    name: 'html-entity',
    applies: (text) => holdsOne(text, references),
    decode: entityDecoded,
    isDoneAtOnce: false,
  },
  {
    name: 'escape',
    applies: (text) => holdsOne(text, scriptEscapes),
    decode: escapeDecoded,
    isDoneAtOnce: false,
  },
  {
    name: 'utf-7',
    applies: (text) => text.includes('-') && shifted.test(text),
    decode: utf7Decoded,
    isDoneAtOnce: false,
  },
  {
    name: 'full-width',
    applies: (text) => compatible.test(text),
    decode: folded,
    isDoneAtOnce: true,
  },
  {
    name: 'invisible',
    applies: (text) => invisible.test(text),
    decode: (text) => text.replace(everyInvisible, ''),
    isDoneAtOnce: true,
  },
];

const plusForSpace = /^(?!\S*\+A[A-H][A-Za-z0-9+/])[^\s+]*\+[^\s+]*\+\S*$/;
const percents = escapes('%', /(?:%[0-9a-f]{2})+|%u[0-9a-f]{4}/i);
const named = [...entities.keys()].join('|');
const references = escapes(
  '&',
  new RegExp(String.raw`&(?:#\d{1,8}|#x[0-9a-f]{1,8}|(?:${named})(?![a-z]));?`, 'i'),
);
const scriptEscapes = escapes('\\', /\\(?:u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|x[0-9a-f]{2}|[0-3][0-7]{2})/i);
// A run ends where another begins: otherwise each of many beginnings would be read on from. What stands before one is
// looked at last, since few texts hold such a pair of letters.
const shifted = /A[A-H](?<=(?:^|[+ -])A.)(?:[A-Za-z0-9/]|\+(?!A[A-H])){1,60}-/;
// One class, and only then whether a half of a letter of mathematics has its other half: two classes take twice as long.
const compatible =
  /[\u02bc\u2032\u2035\u24b6-\u24e9\ud835\ufe50-\ufe6b\uff01-\uff5e](?:(?<!\ud835)|(?=[\udc00-\udfff]))/;
// Control characters are what this pattern is about.
const invisible =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/;
const everyInvisible = new RegExp(invisible, 'g');

/** Takes encodings off until nothing changes any more, at most five rounds: each stage that differs, in order. */
export function* decodings(text: string): Generator<Decoded> {
  let last: Decoded = { text, by: [] };
  // As many steps in a row leave the text as it is; once all do, the rest of the round would change nothing either.
  let idle = 0;
  for (let round = 0; round < mostRounds; round += 1) {
    const by = [...last.by];
    let now = last.text;
    for (const { name, applies, decode, isDoneAtOnce } of steps) {
      if (idle === steps.length) return;
      const next = applies(now) ? decode(now) : now;
      if (next === now) {
        idle += 1;
      } else {
        idle = isDoneAtOnce ? 1 : 0;
        by.push(name);
        now = next;
      }
    }
    if (now === last.text) return;
    last = { text: now, by };
    yield last;
  }
}

/** From so many bytes on the runtime's own decoder is quicker, where they are UTF-8 as it should be. */
const longRun = 32;

/** Percent and `%uXXXX` escapes; overlong UTF-8 is read as the character that it hides, invalid bytes as Latin-1. */
export function percentDecoded(text: string): string {
  const isFormEncoded = !text.includes(' ') && text.includes('+');
  const spaced = isFormEncoded ? text.replaceAll('+', ' ') : text;
  return replaced(spaced, percents, percentOf);
}

function percentOf(run: string): string {
  const isUnicode = run[1] === 'u' || run[1] === 'U';
  return isUnicode ? String.fromCharCode(Number.parseInt(run.slice(2), 16)) : bytesDecoded(run);
}

function bytesDecoded(run: string): string {
  if (run.length === 3) return String.fromCharCode(byteAt(run, 1));
  const bytes = new Uint8Array(run.length / 3);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = byteAt(run, 3 * at + 1);
  if (bytes.length >= longRun && isUtf8(bytes)) return Buffer.from(bytes.buffer).toString('utf8');
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const [code, length] = codePointAt(bytes, at);
    text += String.fromCodePoint(code);
    at += length;
  }
  return text;
}

/** The byte that two hexadecimal digits stand for. */
function byteAt(text: string, at: number): number {
  return 16 * digitOf(text.charCodeAt(at)) + digitOf(text.charCodeAt(at + 1));
}

/** Of a letter the lowest bits count from one, whatever its case. */
function digitOf(code: number): number {
  return code < 64 ? code & 15 : (code & 15) + 9;
}

/** RFC 3629 without the rule that forbids overlong forms, since lax decoders do without it too. */
function codePointAt(bytes: Uint8Array, at: number): readonly [code: number, length: number] {
  const first = bytes[at] ?? 0;
  const length = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
  if (length === 1 || first >= 0xf8) return [first, 1];
  let code = first & (0xff >> (length + 1));
  for (let offset = 1; offset < length; offset += 1) {
    const next = bytes[at + offset] ?? 0;
    if ((next & 0xc0) !== 0x80) return [first, 1];
    code = (code << 6) | (next & 0x3f);
  }
  return code > 0x10ffff ? [first, 1] : [code, length];
}

function entityDecoded(text: string): string {
  // Pages are full of these three, and none of what they stand for can lengthen or begin a reference.
  const rest = text
    .replace(/&lt;/g, '<')
    .replace(/&gt;/g, '>')
    .replace(/&quot;/g, '"');
  return replaced(rest, references, entityOf);
}

function entityOf(whole: string): string {
  const name = whole.slice(1).replace(';', '').toLowerCase();
  if (name[0] !== '#') return entities.get(name) ?? whole;
  const code = name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

function escapeDecoded(text: string): string {
  return replaced(text, scriptEscapes, escapeOf);
}

function escapeOf(whole: string): string {
  const digits = whole.replace(/^\\[ux]?\{?|\}$/gi, '');
  const code = Number.parseInt(digits, /[ux]/i.test(whole[1] ?? '') ? 16 : 8);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}

/** UTF-7 (RFC 2152), whose shifted runs browsers once guessed; the plus may have become a space on the way. */
function utf7Decoded(text: string): string {
  return text.replace(/(?:\+A|(?<![A-Za-z0-9])A)[A-H](?:[A-Za-z0-9/]|\+(?!A[A-H])){1,61}-/g, onceEach(runOf));
}

function runOf(whole: string): string {
  const decoded = utf16Of(whole.replace(/^\+|-$/g, ''));
  return /^[\u0020-\u007e]+$/.test(decoded) ? decoded : whole;
}

function utf16Of(run: string): string {
  const bytes = Buffer.from(run, 'base64');
  let decoded = '';
  for (let at = 0; at + 1 < bytes.length; at += 2) decoded += String.fromCharCode(bytes.readUInt16BE(at));
  return decoded;
}

/**
 * Compatibility forms as ASCII: what best-fit conversions on the way to a database or a page do. Done at once: NFKC of
 * NFKC is the same (UAX 15), and an apostrophe composes with nothing.
 */
function folded(text: string): string {
  const normal = text.normalize('NFKC');
  const hasPrimes = normal.includes('\u02bc') || normal.includes('\u2032') || normal.includes('\u2035');
  return hasPrimes ? normal.replace(/[\u02bc\u2032\u2035]/g, "'") : normal;
}

/** The text inside a Base64 value, or null when it is none: reported and never refused, since tokens and files look so too. */
export function base64Decoded(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed.length < 16 || trimmed.length > 8192 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(trimmed)) return null;
  const decoded = Buffer.from(trimmed, 'base64').toString('utf8');
  return /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(decoded) ? null : decoded;
}
