/** A value bound to `$n`: text as PostgreSQL reads it, bytes in PostgreSQL's binary format, or NULL. */
export type Parameter = string | Uint8Array | null;

/** A row as text, column by column; null is NULL. Both stores speak it, so rows are decoded in one place. */
export type Row = readonly (string | null)[];

/** A connection (or several) to either PostgreSQL. Rejects with `SqlFailure`. */
export interface Sql {
  /** `name` keeps the statement prepared; give one name to one text only. */
  query(text: string, parameters?: readonly Parameter[], name?: string): Promise<readonly Row[]>;
  /** Several statements without parameters, in one message. A transaction in it is left open when it fails: callers say BEGIN and COMMIT. */
  script(text: string): Promise<void>;
}

/** A statement that failed. Without a `sqlstate` the server was never reached or never answered. */
export class SqlFailure extends Error {
  readonly sqlstate: string | undefined;
  readonly detail: string | undefined;

  constructor(message: string, sqlstate?: string, detail?: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'SqlFailure';
    this.sqlstate = sqlstate;
    this.detail = detail;
  }

  /**
   * True when the values themselves are refused, so sending them again fails again: classes 22 (data exception)
   * and 54 (program limit exceeded) of PostgreSQL's appendix A. Anything else is the server's trouble.
   */
  get isRefusal(): boolean {
    return this.sqlstate !== undefined && /^(22|54)/.test(this.sqlstate);
  }
}

const oids = { text: 25, json: 114 } as const;

/**
 * An array in PostgreSQL's binary format (array_send): no quoting here, no parsing there, and `\\u0000` inside
 * JSON survives, which a jsonb document would refuse. About a third faster than a JSON document of the batch.
 */
export function binaryArray(type: keyof typeof oids, values: readonly (string | null)[]): Uint8Array {
  let size = headerBytes + 4 * values.length;
  let hasNull = 0;
  for (const value of values) {
    if (value === null) hasNull = 1;
    else size += Buffer.byteLength(value);
  }
  const bytes = Buffer.allocUnsafe(size);
  bytes.writeInt32BE(1, 0);
  bytes.writeInt32BE(hasNull, 4);
  bytes.writeInt32BE(oids[type], 8);
  bytes.writeInt32BE(values.length, 12);
  bytes.writeInt32BE(1, 16);
  let offset = headerBytes;
  for (const value of values) {
    const length = value === null ? -1 : bytes.write(value, offset + 4);
    bytes.writeInt32BE(length, offset);
    offset += 4 + Math.max(length, 0);
  }
  return bytes;
}

/** Dimensions, null flag, element type, length and lower bound of the one dimension. */
const headerBytes = 20;

/** The numbers of an array in PostgreSQL's text format: `{1,NULL,3}`. */
export function numbersOf(array: string | null | undefined): readonly (number | null)[] {
  if (array === null || array === undefined || array === '{}') return [];
  return array
    .slice(1, -1)
    .split(',')
    .map((each) => (each === 'NULL' ? null : Number(each)));
}

/** ISO 8601 from PostgreSQL's text of a timestamptz, for a session whose time zone is UTC: `2026-11-23 04:05:06.7+00`. */
export function isoTime(text: string): string {
  const fraction = text.slice(20, -3);
  return `${text.slice(0, 10)}T${text.slice(11, 19)}.${(fraction + '000').slice(0, 3)}Z`;
}
