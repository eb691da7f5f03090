import type { LogQuery, Recorded } from '../../shared/index.ts';
import { maxPageEvents } from './page.ts';

/**
 * Everything a query selects, one by one out of chunks. Bounded by the head of this moment, so that reading ends also
 * while others write faster. The only generator that gives single events: each one costs a promise an event.
 */
export async function* replay(
  query: LogQuery,
  head: () => Promise<number>,
  chunks: (bounded: LogQuery) => AsyncIterable<readonly Recorded[]>,
): AsyncGenerator<Recorded> {
  const bounded = query.upTo === undefined ? { ...query, upTo: await head() } : query;
  for await (const chunk of chunks(bounded)) for (const event of chunk) yield event;
}

/** Page by page; the next one is asked for while this one is being read. */
export async function* pages(
  query: LogQuery,
  page: (query: LogQuery) => Promise<readonly Recorded[]>,
): AsyncGenerator<readonly Recorded[]> {
  let left = query.limit ?? Infinity;
  let bounds = query;
  let coming: Promise<readonly Recorded[]> | null = ask();
  while (coming) {
    const found: readonly Recorded[] = await coming;
    left -= found.length;
    const last = found.at(-1);
    const isLast = !last || found.length < maxPageEvents || left <= 0;
    if (last) bounds = beyond(bounds, last);
    coming = isLast ? null : ask();
    yield found;
  }

  function ask(): Promise<readonly Recorded[]> {
    const asked = page({ ...bounds, limit: Math.min(left, maxPageEvents) });
    // A reader who leaves early does not hear of it; one who stays does, at its turn.
    asked.catch(() => undefined);
    return asked;
  }
}

/** The query for what lies behind an event, in the direction of reading. */
export function beyond(query: LogQuery, { position }: Recorded): LogQuery {
  return query.isBackward ? { ...query, upTo: position - 1 } : { ...query, after: position };
}
