import type { Log } from '../../shared/index.ts';
import type { EventStore } from '../store/store.ts';

const dayMs = 86_400_000;
/** A run that could not be done, or left a day that was being read, is done again soon. */
const againMs = 10 * 60_000;

/** Makes and drops day partitions now and every day. The result ends it. */
export function startRetention(options: {
  readonly store: Pick<EventStore, 'retain'>;
  readonly days: number;
  readonly log: Log;
  readonly now: () => Date;
}): () => void {
  const { store, days, log, now } = options;
  let timer: NodeJS.Timeout | null = null;
  let isEnded = false;

  async function run(): Promise<void> {
    let nextMs = dayMs;
    try {
      const dropped = await store.retain(days, now());
      if (dropped.length > 0) log.info('Dropped the events of days that ended', { days: dropped });
    } catch (error) {
      nextMs = againMs;
      log.warn('Retention could not run; it is tried again in 10 minutes', { reason: String(error) });
    }
    if (isEnded) return;
    timer = setTimeout(() => void run(), nextMs);
    timer.unref();
  }

  void run();
  return () => {
    isEnded = true;
    if (timer) clearTimeout(timer);
  };
}
