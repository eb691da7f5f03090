import { OutriderError } from '../../shared/index.ts';

/** How far the forever-events recorded so far have come, counted in the order they were recorded. */
export interface Durability {
  recorded(count: number): void;
  /** On this machine's disk: in the spool. */
  spooled(count: number): void;
  /** In the store. `lost` of them could not be kept at all. */
  stored(count: number, lost?: number): void;
  /** Resolves when everything recorded until now is in the store, or at least on disk; rejects with `store_unavailable`. */
  reached(where: 'store' | 'disk', timeoutMs: number): Promise<void>;
}

interface Waiter {
  readonly target: number;
  readonly where: 'store' | 'disk';
  readonly resolve: () => void;
  readonly reject: (error: OutriderError) => void;
  readonly late: NodeJS.Timeout;
}

export function durability(): Durability {
  let recorded = 0;
  let onDisk = 0;
  let inStore = 0;
  let waiters: Waiter[] = [];

  const isReached = ({ where, target }: Pick<Waiter, 'where' | 'target'>): boolean =>
    (where === 'store' ? inStore : Math.max(onDisk, inStore)) >= target;

  function settle(whenReached: (waiter: Waiter) => void): void {
    const reached = waiters.filter(isReached);
    waiters = waiters.filter((waiter) => !isReached(waiter));
    for (const waiter of reached) {
      clearTimeout(waiter.late);
      whenReached(waiter);
    }
  }

  return {
    recorded: (count) => void (recorded += count),
    spooled(count) {
      onDisk = Math.max(onDisk, inStore) + count;
      settle(({ resolve }) => resolve());
    },
    stored(count, lost = 0) {
      inStore += count;
      settle(({ resolve, reject }) =>
        lost > 0
          ? reject(new OutriderError('internal', 'An event could not be kept; see the log.'))
          : resolve(),
      );
    },
    async reached(where, timeoutMs) {
      const target = recorded;
      if (isReached({ where, target })) return;
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiters = waiters.filter((waiter) => waiter !== own);
          const detail = `Not everything recorded was in the store within ${timeoutMs} ms.`;
          reject(new OutriderError('store_unavailable', detail));
        }, timeoutMs);
        const own: Waiter = { target, where, resolve, reject, late };
        waiters.push(own);
      });
    },
  };
}
