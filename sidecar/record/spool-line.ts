import { crc32 } from 'node:zlib';
import type { Appended, Once } from '../store/store.ts';
import type { Written } from './entry.ts';

/** A batch that waits on disk for the store. */
export interface Spooled {
  readonly once: Once;
  readonly events: readonly Appended[];
}

/** `CRC COUNT WRITER NUMBER JSON\n`: one batch a line, the checksum over all behind it. */
export function spoolLine(once: Once, events: readonly Written[]): Buffer {
  const rest = Buffer.from(
    `${events.length} ${once.writer} ${once.number} [${events.map(eventJson).join(',')}]`,
  );
  return Buffer.concat([Buffer.from(`${checksum(rest)} `), rest, newline]);
}

/** The batch of a line without its end; null when it was torn or changed. */
export function readSpoolLine(line: Buffer): Spooled | null {
  const rest = line.subarray(checksumCharacters + 1);
  if (line.toString('latin1', 0, checksumCharacters + 1) !== `${checksum(rest)} `) return null;
  const [, writer = '', number = '', json = ''] = /^\d+ (\S+) (\d+) (.*)$/s.exec(rest.toString()) ?? [];
  // Safe: the checksum says that it is what `spoolLine` wrote.
  return { once: { writer, number: Number(number) }, events: JSON.parse(json) as Appended[] };
}

/** How many events a line says it holds; 0 when even that cannot be read. */
export function countOfSpoolLine(line: Buffer): number {
  return Number(/^[0-9a-f]{8} (\d+) /.exec(line.toString('latin1', 0, 32))?.[1] ?? 0);
}

const newline = Buffer.from('\n');
const checksumCharacters = 8;

function checksum(bytes: Buffer): string {
  return crc32(bytes).toString(16).padStart(checksumCharacters, '0');
}

function eventJson({ json, data: _data, ...rest }: Written): string {
  return `${JSON.stringify(rest).slice(0, -1)},"data":${json}}`;
}
