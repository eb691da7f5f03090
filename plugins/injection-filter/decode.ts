/* oxlint-disable no-control-regex -- control characters are what browsers and decoders drop */
import { entities } from './entities.ts';

/** A text and the encodings that were taken off to get it, outermost first. */
export interface Decoded {
  readonly text: string;
  readonly by: readonly string[];
}

export interface Step {
  readonly name: string;
  /** Cheap: whether the step could change the text. */
  readonly applies: RegExp;
  readonly decode: (text: string) => string;
}

/** Nobody encodes deeper for a good reason; every round is linear. */
const mostRounds = 5;

// Control characters are what these patterns are about.
const steps: readonly Step[] = [
  {
    name: 'plus',
    applies: /^(?!\S*\+A[A-H][A-Za-z0-9+/])[^\s+]*\+[^\s+]*\+\S*$/,
    decode: (text) => text.replaceAll('+', ' '),
  },
  { name: 'percent', applies: /%(?:[0-9a-f]{2}|u[0-9a-f]{4})/i, decode: percentDecoded },
  { name: 'html-entity', applies: /&(?:#\d|#x[0-9a-f]|[a-z]{2,})/i, decode: entityDecoded },
  { name: 'escape', applies: /\\(?:u[0-9a-f{]|x[0-9a-f]{2}|[0-3][0-7]{2})/i, decode: escapeDecoded },
  {
    name: 'utf-7',
    // A run ends where another begins: otherwise each of many beginnings would be read on from.
    applies: /(?:\+|(?:^|[ -]))A[A-H](?:[A-Za-z0-9/]|\+(?!A[A-H])){1,60}-/,
    decode: utf7Decoded,
  },
  {
    name: 'full-width',
    applies: /[\u02bc\u2032\u2035\ufe50-\ufe6b\uff01-\uff5e\u24b6-\u24e9]|\ud835[\udc00-\udfff]/,
    decode: folded,
  },
  {
    name: 'invisible',
    applies:
      /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/,
    decode: visible,
  },
];

/** Takes encodings off until nothing changes any more, at most five rounds: each stage that differs, in order. */
export function decodings(text: string): readonly Decoded[] {
  const stages: Decoded[] = [];
  let current: Decoded = { text, by: [] };
  for (let round = 0; round < mostRounds; round += 1) {
    const next = decodeOnce(current);
    if (next.text === current.text) break;
    stages.push(next);
    current = next;
  }
  return stages;
}

function decodeOnce({ text, by }: Decoded): Decoded {
  let current = text;
  const names = [...by];
  for (const { name, applies, decode } of steps) {
    if (!applies.test(current)) continue;
    const next = decode(current);
    if (next !== current) names.push(name);
    current = next;
  }
  return { text: current, by: names };
}

/** Percent and `%uXXXX` escapes; overlong UTF-8 is read as the character that it hides, invalid bytes as Latin-1. */
export function percentDecoded(text: string): string {
  const isFormEncoded = !text.includes(' ') && text.includes('+');
  const spaced = isFormEncoded ? text.replaceAll('+', ' ') : text;
  return spaced.replace(/(?:%[0-9a-f]{2})+|%u[0-9a-f]{4}/gi, (run) =>
    run[1] === 'u' || run[1] === 'U'
      ? String.fromCharCode(Number.parseInt(run.slice(2), 16))
      : bytesDecoded(run),
  );
}

function bytesDecoded(run: string): string {
  if (run.length === 3) return String.fromCharCode(Number.parseInt(run.slice(1), 16));
  const bytes: number[] = [];
  for (let at = 1; at < run.length; at += 3) bytes.push(Number.parseInt(run.slice(at, at + 2), 16));
  let text = '';
  for (let at = 0; at < bytes.length;) {
    const [code, length] = codePointAt(bytes, at);
    text += String.fromCodePoint(code);
    at += length;
  }
  return text;
}

/** RFC 3629 without the rule that forbids overlong forms, since lax decoders do without it too. */
function codePointAt(bytes: readonly number[], at: number): readonly [code: number, length: number] {
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
  return replaced(text, /&(?:#\d{1,8}|#x[0-9a-f]{1,8}|[a-z]{2,12});?/gi, entityOf);
}

function entityOf(whole: string): string {
  const name = whole.slice(1).replace(';', '').toLowerCase();
  if (name[0] !== '#') return entities.get(name) ?? whole;
  const code = name[1] === 'x' ? Number.parseInt(name.slice(2), 16) : Number(name.slice(1));
  return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
}

function escapeDecoded(text: string): string {
  return replaced(text, /\\(?:u[0-9a-f]{4}|u\{[0-9a-f]{1,6}\}|x[0-9a-f]{2}|[0-3][0-7]{2})/gi, escapeOf);
}

function escapeOf(whole: string): string {
  const digits = whole.replace(/^\\[ux]?\{?|\}$/gi, '');
  const code = Number.parseInt(digits, /[ux]/i.test(whole[1] ?? '') ? 16 : 8);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
}

/** Spellings of one text that are kept: an attack has a dozen. */
const mostSpellings = 512;

/** Replaces what a pattern finds, each spelling worked out once: a long text holds the same few thousands of times. */
function replaced(text: string, pattern: RegExp, replace: (whole: string) => string): string {
  const known = new Map<string, string>();
  return text.replace(pattern, (whole) => {
    const before = known.get(whole);
    if (before !== undefined) return before;
    const now = replace(whole);
    if (known.size < mostSpellings) known.set(whole, now);
    return now;
  });
}

/** UTF-7 (RFC 2152), whose shifted runs browsers once guessed; the plus may have become a space on the way. */
function utf7Decoded(text: string): string {
  return replaced(text, /(?:\+A|(?<![A-Za-z0-9])A)[A-H](?:[A-Za-z0-9/]|\+(?!A[A-H])){1,61}-/g, (whole) => {
    const decoded = utf16Of(whole.replace(/^\+|-$/g, ''));
    return /^[\u0020-\u007e]+$/.test(decoded) ? decoded : whole;
  });
}

function utf16Of(run: string): string {
  const bytes = Buffer.from(run, 'base64');
  let decoded = '';
  for (let at = 0; at + 1 < bytes.length; at += 2) decoded += String.fromCharCode(bytes.readUInt16BE(at));
  return decoded;
}

/** Compatibility forms as ASCII: what best-fit conversions on the way to a database or a page do. */
function folded(text: string): string {
  return text.normalize('NFKC').replace(/[\u02bc\u2032\u2035]/g, "'");
}

function visible(text: string): string {
  return text.replace(
    /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff]/g,
    '',
  );
}

/** The text inside a Base64 value, or null when it is none: reported and never refused, since tokens and files look so too. */
export function base64Decoded(text: string): string | null {
  const trimmed = text.trim();
  if (trimmed.length < 16 || trimmed.length > 8192 || !/^[A-Za-z0-9+/_-]+={0,2}$/.test(trimmed)) return null;
  const decoded = Buffer.from(trimmed, 'base64').toString('utf8');
  return /[\u0000-\u0008\u000e-\u001f\ufffd]/.test(decoded) ? null : decoded;
}
