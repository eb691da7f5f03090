/** Stands for a value whose type is not known or not shown. */
export const binary = '[binary]';

type Decode = (bytes: Buffer, at: number, length: number) => string;

/** Milliseconds from 1970 to PostgreSQL's epoch, 2000-01-01. */
const epochMs = 946_684_800_000;

/** Values are shown up to 256 characters of at most 4 bytes each. */
const shownBytesMax = 1024;

const text: Decode = (bytes, at, length) => bytes.toString('utf8', at, at + Math.min(length, shownBytesMax));
const integer2: Decode = (bytes, at) => String(bytes.readInt16BE(at));
const integer4: Decode = (bytes, at) => String(bytes.readInt32BE(at));
const integer8: Decode = (bytes, at) => String(bytes.readBigInt64BE(at));

/** Binary input formats by type OID (pg_type.dat; the `…_recv` functions of PostgreSQL's source). */
const decoders: ReadonlyMap<number, { readonly length: number; readonly decode: Decode }> = new Map([
  [16, { length: 1, decode: (bytes: Buffer, at: number) => (bytes[at] === 0 ? 'f' : 't') }],
  [18, { length: -1, decode: text }],
  [19, { length: -1, decode: text }],
  [20, { length: 8, decode: integer8 }],
  [21, { length: 2, decode: integer2 }],
  [23, { length: 4, decode: integer4 }],
  [25, { length: -1, decode: text }],
  [26, { length: 4, decode: (bytes: Buffer, at: number) => String(bytes.readUInt32BE(at)) }],
  [114, { length: -1, decode: text }],
  [700, { length: 4, decode: (bytes: Buffer, at: number) => String(bytes.readFloatBE(at)) }],
  [701, { length: 8, decode: (bytes: Buffer, at: number) => String(bytes.readDoubleBE(at)) }],
  [1042, { length: -1, decode: text }],
  [1043, { length: -1, decode: text }],
  [1082, { length: 4, decode: date }],
  [1114, { length: 8, decode: timestamp }],
  [1184, { length: 8, decode: (bytes: Buffer, at: number) => `${timestamp(bytes, at)}Z` }],
  [1700, { length: -1, decode: numeric }],
  [2950, { length: 16, decode: uuid }],
  [3802, { length: -1, decode: jsonb }],
]);

/** A binary parameter as text; `[binary]` when its type is unknown or its length is not that type's. */
export function binaryText(bytes: Buffer, at: number, length: number, typeOid: number): string {
  const known = decoders.get(typeOid);
  if (!known || (known.length >= 0 && known.length !== length)) return binary;
  return known.decode(bytes, at, length);
}

function date(bytes: Buffer, at: number): string {
  const days = bytes.readInt32BE(at);
  return infinite(days, 0x7fff_ffff) ?? isoOf(epochMs + days * 86_400_000).slice(0, -14);
}

/** Microseconds since 2000 (integer datetimes, the only kind since PostgreSQL 10). */
function timestamp(bytes: Buffer, at: number): string {
  const micros = bytes.readBigInt64BE(at);
  if (micros === 0x7fff_ffff_ffff_ffffn) return 'infinity';
  if (micros === -0x8000_0000_0000_0000n) return '-infinity';
  const fraction = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n;
  const seconds = (micros - fraction) / 1_000_000n;
  const whole = isoOf(epochMs + Number(seconds) * 1000).slice(0, -5);
  return fraction === 0n ? whole : `${whole}.${String(fraction).padStart(6, '0')}`;
}

function infinite(value: number, largest: number): string | undefined {
  if (value === largest) return 'infinity';
  return value === -largest - 1 ? '-infinity' : undefined;
}

/** PostgreSQL's calendar reaches further than JavaScript's. */
function isoOf(ms: number): string {
  return Math.abs(ms) > 8.64e15 ? '(out of range)+00:00:00.000Z' : new Date(ms).toISOString();
}

/** numeric_recv: digit count, weight, sign, display scale, then base-10000 digits. */
function numeric(bytes: Buffer, at: number, length: number): string {
  if (length < 8 || length !== 8 + bytes.readUInt16BE(at) * 2) return binary;
  const [count, weight] = [bytes.readUInt16BE(at), bytes.readInt16BE(at + 2)];
  const [sign, scale] = [bytes.readUInt16BE(at + 4), bytes.readUInt16BE(at + 6)];
  if (sign >= 0xc000) return sign === 0xc000 ? 'NaN' : sign === 0xd000 ? 'Infinity' : '-Infinity';
  const digit = (power: number): string => {
    const index = weight - power;
    return index < 0 || index >= count
      ? '0000'
      : String(bytes.readUInt16BE(at + 8 + index * 2)).padStart(4, '0');
  };
  // A value is shown up to 256 characters, so digits beyond that are never built.
  const powers = (from: number, to: number): string =>
    Array.from({ length: Math.min(64, Math.max(0, from - to + 1)) }, (_, i) => digit(from - i)).join('');
  const whole = powers(weight, 0).replace(/^0+(?=\d)/, '') || '0';
  const fraction = powers(-1, -Math.ceil(scale / 4)).slice(0, scale);
  return `${sign === 0x4000 ? '-' : ''}${whole}${scale > 0 ? `.${fraction}` : ''}`;
}

function uuid(bytes: Buffer, at: number): string {
  const hex = bytes.toString('hex', at, at + 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/** jsonb_recv: a version byte, 1, then text. */
function jsonb(bytes: Buffer, at: number, length: number): string {
  return bytes[at] === 1 ? text(bytes, at + 1, length - 1) : binary;
}
