import type { Keep, Recorded } from '../../shared/index.ts';
import type { Appended, Placed } from '../store/store.ts';

/** An event as it was recorded, before anything was spent on it. */
export interface Entry {
  readonly type: string;
  readonly keep: Keep;
  readonly atMs: number;
  readonly stream: string | null;
  readonly traceId: string | null;
  readonly exchangeId: string | null;
  readonly causedBy: number | null;
  readonly data: unknown;
}

/** An event ready for the store, its data made JSON once. */
export type Written = Appended & { readonly json: string };

/** Most characters of a name or id: an index of PostgreSQL takes 2,704 bytes. */
const maxNameCharacters = 512;
/** Most JSON of one event. */
export const maxEventBytes = 16 * 1024 * 1024;

export interface Scribe {
  /** Null when its data cannot be JSON or is too large. */
  written(entry: Entry): Written | null;
  /** As a subscriber sees it without a place in the log. */
  loose(entry: Entry): Recorded;
}

/** Turns entries into events: gives ids, writes times, mends what no store could take. */
export function scribe(newId: () => string, isoTime: (ms: number) => string): Scribe {
  const at = ({ atMs }: Entry): string => isoTime(isTime(atMs) ? atMs : 0);
  return {
    written(entry) {
      const json = jsonOf(entry.data);
      if (json === null || json.length > maxEventBytes) return null;
      return {
        id: newId(),
        type: name(entry.type),
        keep: entry.keep === 'forever' ? 'forever' : 'days',
        at: at(entry),
        stream: entry.stream && name(entry.stream),
        traceId: entry.traceId && name(entry.traceId),
        exchangeId: entry.exchangeId && name(entry.exchangeId),
        causedBy: entry.causedBy,
        data: entry.data,
        json,
      };
    },
    loose: (entry) => ({
      position: 0,
      id: newId(),
      type: entry.type,
      at: at(entry),
      stream: entry.stream,
      streamVersion: null,
      traceId: entry.traceId,
      exchangeId: entry.exchangeId,
      causedBy: entry.causedBy,
      data: entry.data,
    }),
  };
}

/** The events at the places the store gave them. */
export function recordedOf(events: readonly Appended[], placed: readonly Placed[]): readonly Recorded[] {
  return events.map(({ id, type, at, stream, traceId, exchangeId, causedBy, data }, index) => ({
    position: placed[index]?.position ?? 0,
    id,
    type,
    at,
    stream,
    streamVersion: placed[index]?.streamVersion ?? null,
    traceId,
    exchangeId,
    causedBy,
    data,
  }));
}

/** PostgreSQL's text knows no NUL, and its index no endless names. */
function name(text: string): string {
  const short = text.length > maxNameCharacters ? text.slice(0, maxNameCharacters) : text;
  return short.includes('\0') ? short.replaceAll('\0', '\ufffd') : short;
}

/** Year 1 to 9999: what both ISO 8601 and PostgreSQL write with four digits. */
function isTime(ms: number): boolean {
  return ms > -62_135_596_800_000 && ms < 253_402_300_800_000;
}

function jsonOf(data: unknown): string | null {
  try {
    return JSON.stringify(data) ?? 'null';
  } catch {
    return null;
  }
}
