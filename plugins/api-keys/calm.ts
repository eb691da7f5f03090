import type { Log } from '../../shared/index.ts';

/** How often the same thing is told to fail. */
const everyMs = 60_000;

/** Tells that something failed which is tried again: at most once a minute each, so a store that is away fills no log. */
export function calmly(log: Log, now: () => Date): (what: string) => (error: unknown) => void {
  const toldAtMs = new Map<string, number>();
  return (what) => (error) => {
    const nowMs = now().getTime();
    if (nowMs - (toldAtMs.get(what) ?? -Infinity) < everyMs) return;
    toldAtMs.set(what, nowMs);
    log.warn(`${what} failed; it is tried again.`, { reason: String(error) });
  };
}
