import type { z } from 'zod';
import { bucketOf, emptyBuckets, readableSql, type SqlFinished } from '../../shared/index.ts';
import type { LinesCounted } from './events.ts';

type Finished = z.output<typeof SqlFinished.schema>;
type Row = z.output<typeof LinesCounted.schema>['rows'][number];

const mostLines = 300;
const mostTextCharacters = 400;

/** Counts statements by the line that sent them. */
export class Counter {
  /** By file, then by line: a key made of both would be a text for each statement. */
  #files = new Map<string, Map<number, Row>>();
  #count = 0;

  add({ where, text, durationMs, error }: Finished): void {
    if (!where) return;
    const row = this.#rowOf(where, text);
    if (!row) return;
    row.count += 1;
    if (error) row.errors += 1;
    row.durationMsSum += durationMs;
    row.durationMsMax = Math.max(row.durationMsMax, durationMs);
    const bucket = bucketOf(durationMs);
    row.buckets[bucket] = (row.buckets[bucket] ?? 0) + 1;
  }

  take(): readonly Row[] {
    const rows = [...this.#files.values()].flatMap((lines) => [...lines.values()]);
    this.#files = new Map();
    this.#count = 0;
    return rows;
  }

  #rowOf(where: NonNullable<Finished['where']>, text: string): Row | undefined {
    const lines = this.#files.get(where.file);
    const known = lines?.get(where.line);
    if (known || this.#count >= mostLines) return known;
    const row: Row = {
      ...where,
      count: 0,
      errors: 0,
      durationMsSum: 0,
      durationMsMax: 0,
      buckets: emptyBuckets(),
      text: readableSql(text).slice(0, mostTextCharacters),
    };
    this.#count += 1;
    if (lines) lines.set(where.line, row);
    else this.#files.set(where.file, new Map([[where.line, row]]));
    return row;
  }
}
