import type { Recorded } from '../../shared/index.ts';
import { memoryLog } from '../../shared/testing/memory-log.ts';
import type { EventStore, Snapshot } from '../store/store.ts';
import type { Recorder } from './recorder.ts';

/** For tests: the recorder's reading half over the log of the test host, and snapshots in an array. */
export interface FakeRecorder extends Pick<Recorder, 'subscribe' | 'read' | 'log'> {
  readonly head: number;
  readonly events: readonly Recorded[];
  readonly stats: Recorder['stats'];
  /** Records an event and delivers it. */
  put(type: string, data: unknown, stream?: string): Recorded;
  /** Delivers an event that was sampled away: position 0, only now. */
  putSampledAway(type: string, data: unknown): void;
  /** Makes every read fail until told otherwise. */
  breakReads(isBroken: boolean): void;
  readonly subscribers: number;
}

export function fakeRecorder(now: () => Date = () => new Date('2026-01-01T00:00:00.000Z')): FakeRecorder {
  const memory = memoryLog(now);
  const calls = new Set<(events: readonly Recorded[]) => void>();
  let isBroken = false;

  const deliver = (event: Recorded): void => {
    for (const call of calls) call([event]);
  };

  return {
    log: memory.service,
    events: memory.events,
    get head() {
      return memory.events.length;
    },
    get subscribers() {
      return calls.size;
    },
    stats: { queued: 1, spooled: 2, sampledAway: 3, appended: 4, isStoreAway: false, dropped: 5, lost: 6 },
    breakReads: (broken) => void (isBroken = broken),
    async *read(query) {
      if (isBroken) throw new Error('The store does not answer.');
      yield* memory.service.read(query);
    },
    put(type, data, stream) {
      const event = memory.put({ type, data, about: stream === undefined ? {} : { stream } });
      deliver(event);
      return event;
    },
    putSampledAway(type, data) {
      const at = now().toISOString();
      deliver({ ...unplaced, id: `sampled-${at}`, type, at, data });
    },
    /** Catches up in one go, before it returns: the hardest case for a subscriber. */
    subscribe(after, call) {
      calls.add(call);
      const missed = memory.events.slice(after);
      if (missed.length > 0) call(missed);
      return () => void calls.delete(call);
    },
  };
}

const unplaced = {
  position: 0,
  stream: null,
  streamVersion: null,
  traceId: null,
  exchangeId: null,
  causedBy: null,
};

export interface FakeSnapshots extends Pick<EventStore, 'snapshot' | 'saveSnapshot' | 'oldest'> {
  readonly saved: readonly Snapshot[];
  oldestPosition: number;
}

export function fakeSnapshots(): FakeSnapshots {
  const saved: Snapshot[] = [];
  return {
    saved,
    oldestPosition: 1,
    async oldest() {
      return this.oldestPosition;
    },
    async saveSnapshot(snapshot) {
      saved.push(JSON.parse(JSON.stringify(snapshot)) as Snapshot);
    },
    async snapshot(panel, version, atOrBefore) {
      const found = saved.filter(
        (each) => each.panel === panel && each.version === version && each.position <= atOrBefore,
      );
      return found.sort((a, b) => b.position - a.position)[0];
    },
  };
}
