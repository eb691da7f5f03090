import type { Log } from '../../shared/index.ts';
import type { EventStore } from '../store/store.ts';
import type { Turns } from '../turns.ts';
import { reasonOf, type PanelFold } from './panels-fold.ts';

/** Keeps states of panels in the store, so that a start and a look back fold only what came after. */
export interface Snapshots {
  /** Says that a fold went on from a snapshot that is already kept. */
  restored(fold: PanelFold): void;
  /** Saves the fold's state when enough happened since it was saved last; never waited for. */
  consider(fold: PanelFold): void;
  /** Saves what changed since; resolves when the store has it. */
  saveAll(folds: Iterable<PanelFold>): Promise<void>;
}

export interface SnapshotOptions {
  readonly store: Pick<EventStore, 'saveSnapshot'>;
  readonly turns: Turns;
  readonly nowMs: () => number;
  readonly log: Log;
  /** Saved after this many events … */
  readonly everyEvents: number;
  /** … or when this long has passed, if anything happened. */
  readonly everyMs: number;
}

export function createSnapshots(options: SnapshotOptions): Snapshots {
  const { store, turns, nowMs, log, everyEvents, everyMs } = options;
  const turn = turns.take();
  const saved = new Map<string, Saved>();
  let last: Promise<void> = Promise.resolve();

  const savedOf = (fold: PanelFold): Saved => {
    const known = saved.get(fold.id);
    if (known?.version === fold.version) return known;
    const fresh: Saved = { version: fold.version, position: 0, atMs: nowMs(), isSaving: false, slower: 1 };
    saved.set(fold.id, fresh);
    return fresh;
  };

  // One at a time: the store has better things to do, and a copy of each state is held while it is saved.
  function save(fold: PanelFold): Promise<void> {
    const mark = savedOf(fold);
    mark.isSaving = true;
    last = last.then(async () => {
      await turn.next();
      const { id: panel, version, position } = fold;
      try {
        if (fold.failure) return;
        const text = fold.stateText();
        mark.slower = Math.max(1, text.length / largeState);
        await store.saveSnapshot({ panel, version, position, state: JSON.parse(text) });
        mark.position = position;
      } catch (error) {
        log.warn('A panel could not be saved; it is folded from the one before at the next start.', {
          panel,
          reason: reasonOf(error),
        });
      } finally {
        mark.atMs = nowMs();
        mark.isSaving = false;
      }
    });
    return last;
  }

  return {
    restored(fold) {
      savedOf(fold).position = fold.position;
    },
    consider(fold) {
      const mark = savedOf(fold);
      const events = fold.position - mark.position;
      if (mark.isSaving || fold.failure || events <= 0) return;
      const elapsedMs = (nowMs() - mark.atMs) / mark.slower;
      if (elapsedMs >= everyMs || (events >= everyEvents && elapsedMs >= minPauseMs)) void save(fold);
    },
    async saveAll(folds) {
      for (const fold of folds) {
        if (!fold.failure && fold.position > savedOf(fold).position) await save(fold);
      }
    },
  };
}

/** However many events come: so much is at most to be folded for a look back, and so often is a large log written twice. */
const minPauseMs = 30_000;
/** A state larger than this, in characters, is saved as much less often: snapshots are kept as long as days are. */
const largeState = 64 * 1024;

interface Saved {
  readonly version: string;
  position: number;
  atMs: number;
  isSaving: boolean;
  /** By how much its pauses are longer. */
  slower: number;
}
