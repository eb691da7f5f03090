import type { ServerMessage } from '../../shared/index.ts';
import type { Turns } from '../turns.ts';
import { isPatchable, patchBetween } from './panels-patch.ts';

export type PanelMessage = Extract<ServerMessage, { kind: 'panel' | 'panel-patch' | 'panel-failed' }>;

/** Takes a message; false says that it was not taken because the watcher is slow: it gets the whole view later. */
export type Send = (message: PanelMessage) => boolean;

export interface Watch {
  /** Watches these panels in place of those before; each is sent whole once. */
  replace(panelIds: readonly string[]): void;
  close(): void;
}

/** What a panel looks like now: its view as JSON text, or why there is none. Null while it is being built. */
export type Look = Good | { readonly failure: string; readonly lastGood: Good | null };

export interface Good {
  readonly position: number;
  readonly view: string;
}

export interface PushOptions {
  readonly look: (panelId: string) => Look | null;
  /** Views are computed one in a turn: a page of thirty panels must not hold the thread. */
  readonly turns: Turns;
  readonly nowMs: () => number;
  readonly after: (ms: number, call: () => void) => () => void;
  /** For what looking at a panel costs; not the clock of the panels. */
  readonly elapsedMs: () => number;
}

export interface Pushes {
  watch(panelIds: readonly string[], send: Send): Watch;
  /** Says that a panel may look different now; cheap when nobody watches it. */
  changed(panelId: string): void;
  /** Says that a panel is another one now (reloaded, removed). */
  changedAll(): void;
  close(): void;
}

const minPushMs = 250;
/** Views depend on the moment too ("the last five minutes"), so they are looked at again without events. */
const refreshMs = 5_000;
/** Below this many characters a patch may be longer than the view: the editor keeps what it has drawn. */
const smallView = 4_096;
/** A view that is dear to compute is looked at less often, so that all panels together stay cheap. */
const maxShareOfTime = 0.05;

export function createPushes(options: PushOptions): Pushes {
  const watched = new Map<string, Watched>();

  function join(panelId: string, send: Send): void {
    const panel = watched.get(panelId) ?? createWatched(panelId, options);
    watched.set(panelId, panel);
    panel.join(send);
  }

  function leave(panelId: string, send: Send): void {
    const panel = watched.get(panelId);
    if (panel?.leave(send) === 0) watched.delete(panelId);
  }

  return {
    watch(panelIds, send) {
      let ids = new Set<string>();
      const replace = (next: readonly string[]): void => {
        const before = ids;
        ids = new Set(next);
        for (const id of ids) join(id, send);
        for (const id of before) if (!ids.has(id)) leave(id, send);
      };
      replace(panelIds);
      return { replace, close: () => replace([]) };
    },
    changed: (panelId) => watched.get(panelId)?.changed(),
    changedAll: () => watched.forEach((panel) => panel.changed()),
    close() {
      for (const panel of watched.values()) panel.close();
      watched.clear();
    },
  };
}

interface Watched {
  join(send: Send): void;
  /** Returns how many watchers are left. */
  leave(send: Send): number;
  changed(): void;
  close(): void;
}

/** One panel that somebody watches. */
function createWatched(panelId: string, options: PushOptions): Watched {
  const { look, nowMs, after, elapsedMs } = options;
  const turn = options.turns.take();
  /** Whether each watcher has `shown`; one that has not gets it whole. */
  const watchers = new Map<Send, boolean>();
  let shown: Shown | null = null;
  let failure: string | null = null;
  let lastMs = -Infinity;
  let costMs = 0;
  let isScheduled = false;
  let cancelWait: (() => void) | null = null;
  let cancelRefresh: (() => void) | null = null;

  function push(): void {
    isScheduled = false;
    if (watchers.size === 0) return;
    lastMs = nowMs();
    const startedMs = elapsedMs();
    show(look(panelId));
    costMs = elapsedMs() - startedMs;
    cancelRefresh?.();
    cancelRefresh = after(refreshMs, schedule);
  }

  function show(seen: Look | null): void {
    if (!seen) return;
    if ('failure' in seen) return fail(seen.failure, seen.lastGood);
    if (failure !== null) for (const send of watchers.keys()) watchers.set(send, false);
    failure = null;
    if (shown?.text === seen.view) return sendWhole();
    const before = shown;
    shown = shownOf(seen);
    if (before) sendPatch(before, shown);
    sendWhole();
  }

  function fail(message: string, lastGood: Good | null): void {
    shown ??= lastGood && shownOf(lastGood);
    sendWhole();
    if (failure === message) return;
    failure = message;
    for (const send of watchers.keys()) sendFailure(send);
  }

  /** To everyone who has the view before; a patch longer than the view it makes is not worth it. */
  function sendPatch(before: Shown, { position, view, text }: Shown): void {
    const patch = [...patchBetween(before.view, view)];
    const isBetterWhole =
      JSON.stringify(patch).length > Math.max(smallView, text.length) || !isPatchable(text);
    for (const [send, hasBefore] of watchers) {
      if (!hasBefore) continue;
      const isTaken =
        !isBetterWhole &&
        send({ kind: 'panel-patch', panel: panelId, from: before.position, position, patch });
      watchers.set(send, isTaken);
    }
  }

  function sendWhole(): void {
    if (!shown) return;
    for (const [send, hasIt] of watchers) {
      if (hasIt) continue;
      watchers.set(send, sendShown(send, shown));
      sendFailure(send);
    }
  }

  function sendShown(send: Send, { position, view }: Shown): boolean {
    const isTaken = send({ kind: 'panel', panel: panelId, position, view });
    if (!isTaken) schedule();
    return isTaken;
  }

  function sendFailure(send: Send): void {
    if (failure !== null) send({ kind: 'panel-failed', panel: panelId, message: failure });
  }

  function schedule(): void {
    if (isScheduled || watchers.size === 0) return;
    isScheduled = true;
    const pauseMs = Math.max(minPushMs, costMs / maxShareOfTime);
    const waitMs = lastMs + pauseMs - nowMs();
    const soon = (): void => void turn.next().then(push);
    if (waitMs <= 0) soon();
    else cancelWait = after(waitMs, soon);
  }

  function close(): void {
    cancelWait?.();
    cancelRefresh?.();
    watchers.clear();
  }

  return {
    join(send) {
      watchers.set(send, shown !== null && sendShown(send, shown));
      if (!shown) schedule();
      sendFailure(send);
    },
    leave(send) {
      watchers.delete(send);
      if (watchers.size === 0) close();
      return watchers.size;
    },
    changed: schedule,
    close,
  };
}

/** A view as it was sent. */
interface Shown {
  readonly position: number;
  readonly view: PanelView;
  readonly text: string;
}
type PanelView = Extract<PanelMessage, { kind: 'panel' }>['view'];

function shownOf({ position, view }: Good): Shown {
  // Safe: the text was made from a `View`.
  return { position, view: JSON.parse(view) as PanelView, text: view };
}
