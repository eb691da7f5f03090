import type { Log } from '../../shared/index.ts';

/** Between two warnings of one kind; what comes between is counted. */
const pauseMs = 1000;

/** A log in which a pool that reconnects a hundred times a second writes one line a second. */
export function calmed(log: Log, nowMs: () => number): Log {
  const last = new Map<string, { saidMs: number; unsaid: number }>();
  return {
    info: (message, fields) => log.info(message, fields),
    warn(message, fields) {
      const before = last.get(message);
      if (before && nowMs() - before.saidMs < pauseMs) {
        before.unsaid++;
        return;
      }
      last.set(message, { saidMs: nowMs(), unsaid: 0 });
      log.warn(message, before && before.unsaid > 0 ? { ...fields, andAlike: before.unsaid } : fields);
    },
  };
}
