import type { Log, Panel, Recorded } from '../../shared/index.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import type { EventStore } from '../store/store.ts';
import type { Turns } from '../turns.ts';
import { createCatchUp, type Building } from './panels-catch-up.ts';
import { createFeed } from './panels-feed.ts';
import { createFold, type PanelFold } from './panels-fold.ts';
import type { Snapshots } from './panels-snapshots.ts';
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

export function createLive(options: LiveOptions): Live {
  const { host, recorder, snapshots, turns, log } = options;
  const panels = new Map<string, Entry>();
  let ready: readonly Entry[] = [];
  /** Of those, the ones that look at a kind; worked out when the first event of it comes. */
  let concerned = new Map<string, readonly Entry[]>();

  const feed = createFeed({
    recorder,
    after: recorder.head,
    turns,
    call: apply,
    onTurn() {
      for (const { fold } of ready) {
        fold.skipTo(feed.position);
        snapshots.consider(fold);
      }
    },
  });
  const catchUp = createCatchUp<Entry>({ ...options, feed, join });

  function setReady(entries: readonly Entry[]): void {
    ready = entries;
    concerned = new Map();
  }

  function concernedBy(type: string): readonly Entry[] {
    const known = concerned.get(type);
    if (known !== undefined) return known;
    const found = ready.filter(({ fold }) => fold.types?.includes(type) ?? true);
    if (concerned.size < mostTypes) concerned.set(type, found);
    return found;
  }

  function apply(event: Recorded): void {
    for (const { fold } of concernedBy(event.type)) {
      if (!fold.apply(event)) continue;
      tellFailure(fold);
      options.onChanged(fold.id);
    }
  }

  function join(entry: Entry): void {
    tellFailure(entry.fold);
    entry.isReady = true;
    setReady([...ready, entry]);
    entry.settle();
    options.onChanged(entry.fold.id);
  }

  function tellFailure({ id, failure }: PanelFold): void {
    if (failure) log.warn('A panel failed.', { panel: id, ...failure });
  }

  /** Brings the panels in line with the plugins: those of another version are folded anew. */
  function reconcile(): void {
    const ids = new Set(host.panels().map(({ id }) => id));
    for (const [id, entry] of panels) if (!ids.has(id)) remove(entry);
    for (const id of ids) {
      const found = host.panel(id);
      const before = panels.get(id);
      if (!found || before?.fold.version === found.version) continue;
      if (before) remove(before);
      const entry = createEntry(id, found.version, found.panel);
      panels.set(id, entry);
      catchUp.add(entry);
    }
    options.onReplaced();
  }

  function remove(entry: Entry): void {
    panels.delete(entry.fold.id);
    catchUp.drop(entry);
    setReady(ready.filter((each) => each !== entry));
    entry.settle();
  }

  const endOnChanged = host.onChanged((what) => {
    if (what === 'plugins') reconcile();
  });
  reconcile();

  return {
    get: (panelId) => panels.get(panelId),
    close() {
      endOnChanged();
      catchUp.close();
      feed.close();
      for (const { settle } of panels.values()) settle();
      return [...panels.values()].map(({ fold }) => fold);
    },
  };
}

/** A backend may append events of its own naming; what does not fit is looked up anew each time. */
const mostTypes = 1_000;

interface Entry extends Building, LivePanel {
  fold: PanelFold;
  isReady: boolean;
  settle(): void;
}

function createEntry(id: string, version: string, panel: Panel): Entry {
  let settle = (): void => undefined;
  const ready = new Promise<void>((resolve) => (settle = resolve));
  const fold = createFold(id, version, panel);
  return { panel, fold, ready, isReady: false, isRestored: false, settle };
}
