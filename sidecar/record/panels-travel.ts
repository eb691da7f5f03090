import { OutriderError, type Panel, type PanelMoment, type Recorded } from '../../shared/index.ts';
import type { EventStore } from '../store/store.ts';
import type { Turns } from '../turns.ts';
import { createFold, looksAtEndingKinds, type FoldBase, type PanelFold } from './panels-fold.ts';
import { createPastCache } from './panels-past-cache.ts';
import type { Recorder } from './recorder.ts';

/** Looks at panels as they were. */
export interface Travel {
  /**
   * The panel as it was after the event at a position; `position` must not lie beyond the log's head.
   * Rejects with `position_gone`, `panel_failed`, `travel_timeout`, `overloaded` or `store_unavailable`.
   */
  at(id: string, version: string, panel: Panel, position: number): Promise<PanelMoment>;
}

export interface TravelOptions {
  readonly recorder: Pick<Recorder, 'read'>;
  readonly store: Pick<EventStore, 'snapshot' | 'saveSnapshot' | 'oldest'>;
  readonly turns: Turns;
  readonly now: () => Date;
  readonly after: (ms: number, call: () => void) => () => void;
  readonly maxMs: number;
}

/** Journeys at the same time: each holds a state and a page of the log in memory. */
const maxJourneys = 8;

export function createTravel(options: TravelOptions): Travel {
  const cache = createPastCache();
  const underWay = new Map<string, Promise<PanelMoment>>();

  async function journey(id: string, version: string, panel: Panel, position: number): Promise<PanelMoment> {
    const base = await nearestBase(options, cache.nearest(id, version, position), id, version, position);
    await refuseGone(options, panel, base, position);
    const fold = createFold(id, version, panel, base);
    await foldUpTo(options, fold, position);
    if (fold.failure)
      throw new OutriderError('panel_failed', `${id} at ${fold.failure.position}: ${fold.failure.message}`);
    const at = await momentOf(options, position);
    const view = fold.view(at);
    // Safe: the text was made from a `View`.
    const moment = { panel: id, position, at: at.toISOString(), view: JSON.parse(view) } as PanelMoment;
    cache.keep({ version, moment, state: fold.stateText(), viewLength: view.length });
    return moment;
  }

  return {
    async at(id, version, panel, position) {
      const kept = cache.exactly(id, version, position);
      if (kept) return kept;
      const key = `${id} ${version} ${position}`;
      const running = underWay.get(key);
      if (running) return running;
      if (underWay.size >= maxJourneys)
        throw new OutriderError('overloaded', `${maxJourneys} past moments are being computed.`);
      const work = journey(id, version, panel, position).finally(() => underWay.delete(key));
      const started = limited(options, work, id);
      underWay.set(key, started);
      return started;
    },
  };
}

async function nearestBase(
  { store }: TravelOptions,
  cached: FoldBase | undefined,
  id: string,
  version: string,
  position: number,
): Promise<FoldBase | undefined> {
  const saved = await store.snapshot(id, version, position);
  return (saved?.position ?? 0) > (cached?.position ?? 0) ? saved : cached;
}

/** Days that were dropped cannot be folded again: better no answer than one that leaves them out. */
async function refuseGone(
  { store }: TravelOptions,
  panel: Panel,
  base: FoldBase | undefined,
  position: number,
): Promise<void> {
  if (!looksAtEndingKinds(panel)) return;
  const oldest = await store.oldest();
  const from = base?.position ?? 0;
  if (position < oldest && from < position)
    throw new OutriderError('position_gone', `The oldest position is ${oldest}.`);
}

/** Folds in turns. Out of time it keeps how far it got as a snapshot, so asking again goes on from there. */
async function foldUpTo(options: TravelOptions, fold: PanelFold, position: number): Promise<void> {
  const { recorder, store, turns, now, maxMs } = options;
  const endMs = now().getTime() + maxMs;
  const query = { after: fold.position, upTo: position, ...(fold.types && { types: fold.types }) };
  const turn = turns.take();
  for await (const event of recorder.read(query)) {
    fold.apply(event);
    if (fold.failure) return;
    if (!turn.isOver()) continue;
    if (now().getTime() >= endMs) {
      await store.saveSnapshot(snapshotOf(fold));
      throw new OutriderError('travel_timeout', `${fold.id} got to ${fold.position} of ${position}.`);
    }
    await turn.next();
  }
  fold.skipTo(position);
}

function snapshotOf(fold: PanelFold) {
  return {
    panel: fold.id,
    version: fold.version,
    position: fold.position,
    state: JSON.parse(fold.stateText()) as unknown,
  };
}

/** The time of the last event up to a position; of the first one for the moment before it. */
async function momentOf({ recorder, now }: TravelOptions, position: number): Promise<Date> {
  const last = await firstOf(recorder.read({ upTo: position, isBackward: true, limit: 1 }));
  const found = last ?? (await firstOf(recorder.read({ after: position, limit: 1 })));
  return found ? new Date(found.at) : now();
}

async function firstOf(events: AsyncIterable<Recorded>): Promise<Recorded | undefined> {
  for await (const event of events) return event;
  return undefined;
}

/** A store that hangs must not hold whoever asked: half again the time the fold itself is given. */
function limited<T>({ after, maxMs }: TravelOptions, work: Promise<T>, id: string): Promise<T> {
  return new Promise((resolve, reject) => {
    const cancel = after(maxMs * 1.5, () => reject(new OutriderError('travel_timeout', id)));
    work.then(resolve, reject).finally(cancel);
  });
}
