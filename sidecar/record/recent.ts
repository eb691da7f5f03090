import type { Recorded } from '../../shared/index.ts';

/** The last events delivered, so that whoever was away for a moment need not read the store. */
export interface RecentEvents {
  /** `before`: the head as it was before these. */
  add(events: readonly Recorded[], before: number): void;
  /** Everything after a position; null when that lies further back than is kept. */
  after(position: number, head: number): readonly Recorded[] | null;
}

/** Enough for a reader that was busy for a moment; more would keep every event alive until the collector has copied it. */
const maxEvents = 250;

interface Chunk {
  readonly before: number;
  readonly events: readonly Recorded[];
}

export function recentEvents(): RecentEvents {
  const chunks: Chunk[] = [];
  let count = 0;

  return {
    add(events, before) {
      chunks.push({ before, events });
      count += events.length;
      while (count > maxEvents && chunks.length > 1) count -= chunks.shift()?.events.length ?? 0;
    },
    after(position, head) {
      if (position >= head) return [];
      if (position < (chunks[0]?.before ?? head)) return null;
      return chunks.flatMap((chunk) => {
        if ((chunk.events.at(-1)?.position ?? 0) <= position) return [];
        return chunk.before >= position
          ? chunk.events
          : chunk.events.filter((each) => each.position > position);
      });
    },
  };
}
