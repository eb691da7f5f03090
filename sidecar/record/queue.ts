import type { Entry } from './entry.ts';

/** Most events written in one transaction. */
export const maxBatchEvents = 1_000;
/** An event of kind `days` waits at most so long for company: a batch costs as much as fifty events in it. */
const lingerMs = 100;
/** One that is kept forever is written at once, or this long after the last batch: a flood must not become a flood of batches. */
const paceMs = 10;

/** What was recorded and not yet written, and when to write it. */
export interface Queue {
  length(): number;
  push(entry: Entry): void;
  /** The oldest entries, at most a batch. */
  take(): readonly Entry[];
  /** Resolves when a batch is due: there is one, and it waited long enough. At once after `hurry`. */
  due(): Promise<void>;
  /** From now on nothing waits for company. */
  hurry(): void;
}

export function queue(): Queue {
  let entries: Entry[] = [];
  let taken = 0;
  let isHurried = false;
  let timer: NodeJS.Timeout | null = null;
  let immediate: NodeJS.Immediate | null = null;
  let wake: (() => void) | null = null;
  let isUrgent = false;
  let takenMs = -Infinity;

  const length = (): number => entries.length - taken;

  function disarm(): void {
    if (timer) clearTimeout(timer);
    if (immediate) clearImmediate(immediate);
    timer = null;
    immediate = null;
    isUrgent = false;
  }

  function fall(): void {
    disarm();
    wake?.();
    wake = null;
  }

  function urge(): void {
    const restMs = paceMs - (performance.now() - takenMs);
    disarm();
    isUrgent = true;
    // Whatever else is recorded in this turn of the event loop goes along.
    if (restMs <= 0 || length() >= maxBatchEvents) immediate = setImmediate(fall);
    else timer = setTimeout(fall, restMs);
  }

  return {
    length,
    push(entry) {
      entries.push(entry);
      if (immediate) return;
      if (length() >= maxBatchEvents || (entry.keep === 'forever' && !isUrgent)) urge();
      else timer ??= setTimeout(fall, lingerMs);
    },
    take() {
      takenMs = performance.now();
      const batch = entries.slice(taken, taken + maxBatchEvents);
      taken += batch.length;
      if (taken === entries.length) {
        disarm();
        entries = [];
        taken = 0;
      } else if (taken >= maxBatchEvents) {
        entries = entries.slice(taken);
        taken = 0;
      }
      return batch;
    },
    due() {
      const isArmed = timer !== null || immediate !== null;
      if (isHurried || (length() > 0 && !isArmed)) return Promise.resolve();
      return new Promise((resolve) => (wake = resolve));
    },
    hurry() {
      isHurried = true;
      fall();
    },
  };
}
