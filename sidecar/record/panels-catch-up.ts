import type { Log, Panel } from '../../shared/index.ts';
import type { EventStore } from '../store/store.ts';
import type { Turns } from '../turns.ts';
import type { Feed } from './panels-feed.ts';
import { createFold, reasonOf, type PanelFold } from './panels-fold.ts';
import type { Snapshots } from './panels-snapshots.ts';
import type { Recorder } from './recorder.ts';

/** A panel on its way to the live end of the log, or there. */
export interface Building {
  readonly panel: Panel;
  fold: PanelFold;
  isRestored: boolean;
}

/** Folds what lies between new panels and the feed, all of them in one reading, until they can be joined to it. */
export interface CatchUp<Each extends Building> {
  add(building: Each): void;
  /** Leaves one out that is not wanted any more. */
  drop(building: Each): void;
  close(): void;
}

export interface CatchUpOptions<Each extends Building> {
  readonly recorder: Pick<Recorder, 'read' | 'head'>;
  readonly store: Pick<EventStore, 'snapshot'>;
  readonly snapshots: Snapshots;
  readonly turns: Turns;
  readonly after: (ms: number, call: () => void) => () => void;
  readonly log: Log;
  readonly feed: Feed;
  /** Called while the feed is held, with a panel that has folded everything the feed handed on. */
  readonly join: (building: Each) => void;
}

/** So few events are read in one go while the feed waits, so a panel joins without a gap. */
const shortPass = 2_000;
/** After so many passes the feed waits however many events are left: it is faster than the catching up. */
const maxPasses = 8;
const retryMs = 1_000;

export function createCatchUp<Each extends Building>(options: CatchUpOptions<Each>): CatchUp<Each> {
  const { recorder, snapshots, turns, after, log, feed, join } = options;
  const waiting = new Set<Each>();
  let isRunning = false;
  let isClosed = false;
  let cancelRetry: (() => void) | null = null;

  async function run(): Promise<void> {
    if (isRunning) return;
    isRunning = true;
    // So that panels added in one go are read for together.
    await Promise.resolve();
    for (let passes = 1; waiting.size > 0 && !isClosed; passes += 1) {
      try {
        await pass([...waiting], passes > maxPasses);
      } catch (error) {
        log.warn('Panels wait for the event store.', { reason: reasonOf(error) });
        await new Promise<void>((resolve) => (cancelRetry = after(retryMs, resolve)));
      }
    }
    isRunning = false;
  }

  async function pass(group: readonly Each[], isLast: boolean): Promise<void> {
    for (const building of group) await restore(building, options);
    const from = Math.min(...group.map(({ fold }) => fold.position));
    const isShort = isLast || feed.position - from <= shortPass;
    if (isShort) feed.hold();
    try {
      await foldRange(group, from, feed.position);
      // One that was dropped meanwhile is not joined.
      if (isShort) for (const building of group) if (waiting.delete(building)) join(building);
    } finally {
      feed.release();
    }
  }

  async function foldRange(group: readonly Each[], from: number, upTo: number): Promise<void> {
    const folds = group.map(({ fold }) => fold);
    const turn = turns.take();
    if (upTo > from) {
      for await (const event of recorder.read({ after: from, upTo, ...typesOf(folds) })) {
        for (const fold of folds) fold.apply(event);
        if (isClosed) return;
        if (!turn.isOver()) continue;
        folds.forEach(snapshots.consider);
        await turn.next();
      }
    }
    for (const fold of folds) fold.skipTo(upTo);
  }

  return {
    add(building) {
      waiting.add(building);
      void run();
    },
    drop: (building) => void waiting.delete(building),
    close() {
      isClosed = true;
      cancelRetry?.();
    },
  };
}

async function restore(
  building: Building,
  { store, snapshots, feed, recorder }: Omit<CatchUpOptions<never>, 'join'>,
): Promise<void> {
  if (building.isRestored) return;
  const { id, version } = building.fold;
  // One ahead of the feed is as good: events it has already are passed over.
  const saved = await store.snapshot(id, version, Math.max(feed.position, recorder.head));
  building.isRestored = true;
  if (!saved) return;
  building.fold = createFold(id, version, building.panel, saved);
  snapshots.restored(building.fold);
}

/** The kinds at least one fold looks at; nothing when one looks at all. */
function typesOf(folds: readonly PanelFold[]): { readonly types?: readonly string[] } {
  const all: string[] = [];
  for (const { types } of folds) {
    if (!types) return {};
    all.push(...types);
  }
  return { types: [...new Set(all)] };
}
