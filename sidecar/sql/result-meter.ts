import { frameSize, headerBytes } from './frames.ts';
import { endOfCString, fromServer } from './messages.ts';

/** What the rows of one execution carried: which columns, and the bytes of each in the first rows. */
export interface ResultSeen {
  readonly rows: number;
  readonly columns: readonly { readonly name: string; readonly bytes: number }[];
}

/** Rows of one execution that are looked at, and columns of each; the rest is hopped over as ever. */
const rowsMax = 100;
const columnsMax = 200;
const nameCharactersMax = 64;

/** Executions looked at: all of an application that asks little, a few a second of one that asks much. */
const burst = 50;
const perSecond = 5;

/** Says which executions are looked at; one for all connections of a tap. */
export class MeterAllowance {
  #left = burst;
  #atMs = 0;

  take(nowMs: number): boolean {
    this.#left = Math.min(burst, this.#left + ((nowMs - this.#atMs) / 1000) * perSecond);
    this.#atMs = nowMs;
    if (this.#left < 1) return false;
    this.#left -= 1;
    return true;
  }
}

/**
 * Adds up the bytes of a result's columns. Rows are hopped over unless this asks for them: it turns the flag of
 * DataRow in its connection's `hops` off for one execution and on again.
 */
export class ResultMeter {
  readonly #hops: Uint8Array;
  readonly #allowance: MeterAllowance;
  #names: readonly string[] | null = null;
  #bytes: number[] = [];
  #rows = 0;

  constructor(hops: Uint8Array, allowance: MeterAllowance) {
    this.#hops = hops;
    this.#allowance = allowance;
  }

  get isOn(): boolean {
    return this.#names !== null;
  }

  /** True when the execution that begins now may be looked at. */
  mayBegin(nowMs: number): boolean {
    return this.#names === null && this.#allowance.take(nowMs);
  }

  begin(names: readonly string[]): void {
    if (names.length === 0) return;
    this.#names = names;
    this.#bytes = names.map(() => 0);
    this.#rows = 0;
    this.#hops[fromServer.dataRow] = 0;
  }

  /** Takes a DataRow; of one that was cut, the lengths that are there. */
  row(bytes: Buffer, start: number, end: number): void {
    const wholeEnd = start - headerBytes + frameSize(bytes, start - headerBytes);
    let at = start + 2;
    for (let i = 0; i < this.#bytes.length && at + 4 <= end; i++) {
      const length = Math.max(0, bytes.readInt32BE(at));
      at += 4 + length;
      if (at > wholeEnd) break;
      this.#bytes[i] = (this.#bytes[i] ?? 0) + length;
    }
    this.#rows++;
    if (this.#rows >= rowsMax) this.#hops[fromServer.dataRow] = 1;
  }

  /** What was seen of the execution that ends now; rows are hopped over again. */
  end(): ResultSeen | null {
    const names = this.#names;
    if (names === null) return null;
    this.#names = null;
    this.#hops[fromServer.dataRow] = 1;
    const columns = names.map((name, place) => ({ name, bytes: this.#bytes[place] ?? 0 }));
    return { rows: this.#rows, columns };
  }
}

/** Column names of a RowDescription, https://www.postgresql.org/docs/current/protocol-message-formats.html; empty when there are too many. */
export function columnNames(bytes: Buffer, start: number, end: number, isCut: boolean): readonly string[] {
  const count = start + 2 > end ? 0 : bytes.readUInt16BE(start);
  if (isCut || count > columnsMax) return [];
  const names: string[] = [];
  for (let at = start + 2; names.length < count && at < end;) {
    const stop = endOfCString(bytes, at, end, false);
    names.push(bytes.toString('utf8', at, Math.min(stop, at + nameCharactersMax)));
    at = stop + 1 + fieldBytes;
  }
  return names;
}

/** Table, column, type, size, modifier and format of a field. */
const fieldBytes = 18;
