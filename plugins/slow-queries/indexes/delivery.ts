import type { Database } from '../../../shared/index.ts';
import { emptyBuckets, percentileMs } from '../../../shared/index.ts';
import type { z } from 'zod';
import type { IndexDelivered, ToldIndex } from './events.ts';
import type { Workload } from './workload.ts';

type Delivered = z.output<typeof IndexDelivered.schema>;

/** So many calls with the index say what it brought. */
const leastCalls = 20;
/** Promises are looked after for so many indexes. */
const mostPromises = 100;

interface Promised {
  readonly index: ToldIndex;
  /** Counts of each statement when the index was first seen; null while it is not there. */
  since: ReadonlyMap<string, readonly number[]> | null;
}

/** Looks, after a migration was written, whether its indexes are there and what they brought. */
export class Delivery {
  readonly #promised = new Map<string, Promised>();
  readonly #workload: Workload;

  constructor(workload: Workload) {
    this.#workload = workload;
  }

  promise(indexes: readonly ToldIndex[]): void {
    for (const index of indexes) this.#promised.set(index.name, { index, since: null });
    const oldest = this.#promised.keys().next();
    if (this.#promised.size > mostPromises && !oldest.done) this.#promised.delete(oldest.value);
  }

  /** What can be told now; each index is told once. */
  async check(database: Pick<Database, 'query'>): Promise<readonly Delivered[]> {
    if (this.#promised.size === 0) return [];
    const found = await database.query<{ name: string }>(
      `SELECT c.relname AS name FROM pg_catalog.pg_index i JOIN pg_catalog.pg_class c ON c.oid = i.indexrelid
       WHERE i.indisvalid AND c.relname = ANY ($1::text[])`,
      [[...this.#promised.keys()]],
    );
    return found.flatMap(({ name }) => this.#look(name));
  }

  #look(name: string): readonly Delivered[] {
    const promised = this.#promised.get(name);
    if (!promised) return [];
    const { index } = promised;
    if (promised.since === null) {
      promised.since = new Map(
        index.serves.map(({ fingerprint }) => [fingerprint, [...this.#workload.bucketsOf(fingerprint)]]),
      );
      return [];
    }
    const { since } = promised;
    const told = index.serves.flatMap((each) => {
      const buckets = difference(
        this.#workload.bucketsOf(each.fingerprint),
        since.get(each.fingerprint) ?? [],
      );
      const calls = buckets.reduce((sum, count) => sum + count, 0);
      if (calls < leastCalls) return [];
      return [
        {
          name,
          fingerprint: each.fingerprint,
          text: each.text,
          p95BeforeMs: each.p95BeforeMs,
          p95PromisedMs: each.p95ExpectedMs,
          p95Ms: percentileMs(buckets, 0.95) ?? 0,
          calls,
        },
      ];
    });
    if (told.length > 0) this.#promised.delete(name);
    return told;
  }
}

function difference(now: readonly number[], before: readonly number[]): readonly number[] {
  return emptyBuckets().map((_, place) => Math.max(0, (now[place] ?? 0) - (before[place] ?? 0)));
}
