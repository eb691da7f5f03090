import { OutriderError, type Log, type Panel, type PanelMoment } from '../../shared/index.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import type { EventStore } from '../store/store.ts';
import { createTurns } from '../turns.ts';
import { reasonOf } from './panels-fold.ts';
import { createLive, type LivePanel } from './panels-live.ts';
import { createPushes, type Good, type Look, type Send, type Watch } from './panels-push.ts';
import { createSnapshots } from './panels-snapshots.ts';
import { createTravel } from './panels-travel.ts';
import type { Recorder } from './recorder.ts';

export type { PanelMessage, Send, Watch } from './panels-push.ts';

/** Every panel of the running plugins: as it is, as it was, and pushed to whoever watches. */
export interface Panels {
  /**
   * The panel now (null) or as it was after the event at a position; one beyond the head is the head.
   * Rejects with `panel_unknown`, `panel_not_ready`, `panel_failed`, `position_gone`, `travel_timeout`, `overloaded` or `store_unavailable`.
   */
  viewAt(panelId: string, position: number | null): Promise<PanelMoment>;
  /** The panel at two positions. */
  compare(
    panelId: string,
    from: number,
    to: number,
  ): Promise<{ readonly from: PanelMoment; readonly to: PanelMoment }>;
  /** Sends each panel whole, then as patches, at most four times a second each. */
  watch(panelIds: readonly string[], send: Send): Watch;
  /** Stops folding and keeps every state, within `timeoutMs`. */
  close(timeoutMs?: number): Promise<void>;
}

export interface PanelsOptions {
  readonly host: Pick<PluginHost, 'panels' | 'panel' | 'onChanged'>;
  readonly recorder: Pick<Recorder, 'subscribe' | 'read' | 'head'>;
  readonly store: Pick<EventStore, 'snapshot' | 'saveSnapshot' | 'oldest'>;
  readonly now: () => Date;
  readonly log: Log;
  /** Calls back after a time; the result takes it back. Node's own timers when left out. */
  readonly after?: (ms: number, call: () => void) => () => void;
  readonly snapshotEveryEvents?: number;
  readonly snapshotEveryMs?: number;
  /** How long a look back, or the wait for a panel that is being built, may take. */
  readonly maxTravelMs?: number;
}

/** Starts at once: panels fold what the log holds and are then live. */
export function createPanels(options: PanelsOptions): Panels {
  const { host, recorder, store, now, log, after = afterMs, maxTravelMs = 10_000 } = options;
  const nowMs = (): number => now().getTime();
  const turns = createTurns();
  const snapshots = createSnapshots({
    store,
    turns,
    nowMs,
    log,
    everyEvents: options.snapshotEveryEvents ?? 10_000,
    everyMs: options.snapshotEveryMs ?? 5 * 60_000,
  });
  const travel = createTravel({ recorder, store, turns, now, after, maxMs: maxTravelMs });
  const pushes = createPushes({ look, turns, nowMs, after, elapsedMs: () => performance.now() });
  const live = createLive({
    host,
    recorder,
    store,
    snapshots,
    turns,
    after,
    log,
    onChanged: pushes.changed,
    onReplaced: pushes.changedAll,
  });
  /** The last good view of folds that threw, by panel. */
  const lastGood = new WeakMap<LivePanel, Good>();

  function look(panelId: string): Look | null {
    const found = live.get(panelId);
    if (!found) return { failure: 'There is no such panel.', lastGood: null };
    if (!found.isReady) return null;
    const { fold } = found;
    if (fold.failure) return { failure: failureOf(found), lastGood: lastGoodOf(found) };
    try {
      return { position: fold.position, view: fold.view(now()) };
    } catch (error) {
      return { failure: reasonOf(error), lastGood: null };
    }
  }

  /** Null the first time: it is folded anew, up to the event before the one that broke it. */
  function lastGoodOf(found: LivePanel): Good | null {
    const known = lastGood.get(found);
    if (known) return known;
    beforeFailure(found).then(
      ({ position, view }) => {
        lastGood.set(found, { position, view: JSON.stringify(view) });
        pushes.changed(found.fold.id);
      },
      (error: unknown) => log.warn('There is no last good view.', { reason: reasonOf(error) }),
    );
    return null;
  }

  function beforeFailure({ fold, panel }: LivePanel): Promise<PanelMoment> {
    const position = (fold.failure?.position ?? 1) - 1;
    return travel.at(fold.id, fold.version, panel, position);
  }

  async function viewNow(panelId: string): Promise<PanelMoment> {
    const found = await readyPanel(panelId);
    if (found.fold.failure) return { ...(await beforeFailure(found)), failure: failureOf(found) };
    const at = now();
    // Safe: the text was made from a `View`.
    const view = JSON.parse(found.fold.view(at)) as PanelMoment['view'];
    return { panel: panelId, position: found.fold.position, at: at.toISOString(), view };
  }

  async function readyPanel(panelId: string): Promise<LivePanel> {
    const found = live.get(panelId);
    if (!found) throw new OutriderError('panel_unknown', panelId);
    if (!found.isReady) await orAfter(found.ready, maxTravelMs);
    const ready = live.get(panelId);
    if (!ready?.isReady) throw new OutriderError('panel_not_ready', panelId);
    return ready;
  }

  function orAfter(work: Promise<void>, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = after(ms, resolve);
      void work.then(resolve).finally(cancel);
    });
  }

  async function viewThen(panelId: string, position: number): Promise<PanelMoment> {
    const found: { panel: Panel; version: string } | undefined = host.panel(panelId);
    if (!found) throw new OutriderError('panel_unknown', panelId);
    return travel.at(panelId, found.version, found.panel, Math.min(position, recorder.head));
  }

  return {
    viewAt: (panelId, position) => (position === null ? viewNow(panelId) : viewThen(panelId, position)),
    async compare(panelId, from, to) {
      // One after the other: the second goes on from the first where that comes before it.
      const earlier = await viewThen(panelId, Math.min(from, to));
      const later = await viewThen(panelId, Math.max(from, to));
      return from <= to ? { from: earlier, to: later } : { from: later, to: earlier };
    },
    watch: pushes.watch,
    async close(timeoutMs = 5_000) {
      pushes.close();
      await orAfter(snapshots.saveAll(live.close()), timeoutMs);
    },
  };
}

function failureOf({ fold }: LivePanel): string {
  return `The fold failed at position ${fold.failure?.position}: ${fold.failure?.message}`;
}

function afterMs(ms: number, call: () => void): () => void {
  const timer = setTimeout(call, ms);
  timer.unref();
  return () => clearTimeout(timer);
}
