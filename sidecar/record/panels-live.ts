import type { Log, Panel, Recorded } from '../../shared/index.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import type { EventStore } from '../store/store.ts';
import { createFeed } from './panels-feed.ts';
import { createFold, reasonOf, type PanelFold } from './panels-fold.ts';
import type { Snapshots } from './panels-snapshots.ts';
import type { Turns } from './panels-turns.ts';
import type { Recorder } from './recorder.ts';

/** Every panel of the running plugins, folded along with the log. */
export interface Live {
  get(panelId: string): LivePanel | undefined;
  /** Ends folding; afterwards the folds stay as they are. */
  close(): readonly PanelFold[];
}

export interface LivePanel {
  readonly panel: Panel;
  readonly fold: PanelFold;
  /** False while it is still folding what the log held before it came. */
  readonly isReady: boolean;
  /** Resolves when it is ready, or not wanted any more. */
  readonly ready: Promise<void>;
}

export interface LiveOptions {
  readonly host: Pick<PluginHost, 'panels' | 'panel' | 'onChanged'>;
  readonly recorder: Pick<Recorder, 'subscribe' | 'read' | 'head'>;
  readonly store: Pick<EventStore, 'snapshot'>;
  readonly snapshots: Snapshots;
  readonly turns: Turns;
  readonly after: (ms: number, call: () => void) => () => void;
  readonly log: Log;
  readonly onChanged: (panelId: string) => void;
  /** Panels came, went or were replaced. */
  readonly onReplaced: () => void;
}

/** So few events are read in one go while the feed waits, so a panel joins without a gap. */
const shortPass = 2_000;
/** After so many passes the feed waits however many events are left: it is faster than the catching up. */
const maxPasses = 8;
const retryMs = 1_000;

export function createLive(options: LiveOptions): Live {
  const { host, recorder, store, snapshots, turns, log } = options;
  const panels = new Map<string, Building>();
  const waiting = new Set<Building>();
  let ready: readonly Building[] = [];
  let isCatchingUp = false;
  let isClosed = false;
  let cancelRetry: (() => void) | null = null;

  const feed = createFeed({
    recorder,
    after: recorder.head,
    turns,
    call: (event) => apply(ready, event),
    onTurn: () => ready.forEach(({ fold }) => snapshots.consider(fold)),
  });

  function apply(to: readonly Building[], event: Recorded): void {
    for (const { fold } of to) {
      if (!fold.apply(event)) continue;
      if (fold.failure) log.warn('A panel failed.', { panel: fold.id, ...fold.failure });
      options.onChanged(fold.id);
    }
  }

  /** Brings the panels in line with the plugins: those of another version are folded anew. */
  function reconcile(): void {
    const ids = new Set(host.panels().map(({ id }) => id));
    for (const [id, building] of panels) if (!ids.has(id)) remove(building);
    for (const id of ids) {
      const found = host.panel(id);
      const before = panels.get(id);
      if (!found || before?.fold.version === found.version) continue;
      if (before) remove(before);
      const building = createBuilding(id, found.version, found.panel);
      panels.set(id, building);
      waiting.add(building);
    }
    options.onReplaced();
    void catchUp();
  }

  function remove(building: Building): void {
    panels.delete(building.fold.id);
    waiting.delete(building);
    ready = ready.filter((each) => each !== building);
    building.settle();
  }

  async function catchUp(): Promise<void> {
    if (isCatchingUp) return;
    isCatchingUp = true;
    for (let passes = 1; waiting.size > 0 && !isClosed; passes += 1) {
      try {
        await pass([...waiting], passes > maxPasses);
      } catch (error) {
        log.warn('Panels wait for the event store.', { reason: reasonOf(error) });
        await new Promise<void>((resolve) => (cancelRetry = options.after(retryMs, resolve)));
      }
    }
    isCatchingUp = false;
  }

  /** Folds what lies between the panels and the feed, all panels in one reading. */
  async function pass(group: readonly Building[], isLast: boolean): Promise<void> {
    for (const building of group) await restore(building);
    const from = Math.min(...group.map(({ fold }) => fold.position));
    const isShort = isLast || feed.position - from <= shortPass;
    if (isShort) feed.hold();
    try {
      await foldRange(group, from, feed.position);
      if (isShort) group.forEach(join);
    } finally {
      feed.release();
    }
  }

  async function restore(building: Building): Promise<void> {
    if (building.isRestored) return;
    const { id, version } = building.fold;
    // One ahead of the feed is as good: events it has already are passed over.
    const saved = await store.snapshot(id, version, Math.max(feed.position, recorder.head));
    building.isRestored = true;
    if (!saved) return;
    building.fold = createFold(id, version, building.panel, saved);
    snapshots.restored(building.fold);
  }

  async function foldRange(group: readonly Building[], from: number, upTo: number): Promise<void> {
    const turn = turns.take();
    if (upTo > from) {
      for await (const event of recorder.read({ after: from, upTo, ...typesOf(group) })) {
        for (const { fold } of group) fold.apply(event);
        if (isClosed) return;
        if (!turn.isOver()) continue;
        for (const { fold } of group) snapshots.consider(fold);
        await turn.next();
      }
    }
    for (const { fold } of group) fold.skipTo(upTo);
  }

  function join(building: Building): void {
    const { fold } = building;
    // It may have been replaced or removed while it was folding.
    if (!waiting.delete(building)) return;
    if (fold.failure) log.warn('A panel failed.', { panel: fold.id, ...fold.failure });
    building.isReady = true;
    ready = [...ready, building];
    building.settle();
    options.onChanged(fold.id);
  }

  const endOnChanged = host.onChanged((what) => {
    if (what === 'plugins') reconcile();
  });
  reconcile();

  return {
    get: (panelId) => panels.get(panelId),
    close() {
      isClosed = true;
      endOnChanged();
      cancelRetry?.();
      feed.close();
      for (const { settle } of panels.values()) settle();
      return [...panels.values()].map(({ fold }) => fold);
    },
  };
}

interface Building extends LivePanel {
  fold: PanelFold;
  isReady: boolean;
  isRestored: boolean;
  settle(): void;
}

function createBuilding(id: string, version: string, panel: Panel): Building {
  let settle = (): void => undefined;
  const ready = new Promise<void>((resolve) => (settle = resolve));
  const fold = createFold(id, version, panel);
  return { panel, fold, ready, isReady: false, isRestored: false, settle };
}

/** The kinds at least one panel of a group looks at; nothing when one looks at all. */
function typesOf(group: readonly Building[]): { readonly types?: readonly string[] } {
  const all: string[] = [];
  for (const { fold } of group) {
    if (!fold.types) return {};
    all.push(...fold.types);
  }
  return { types: [...new Set(all)] };
}
