/** For tests: time that moves only when told, and what waits for it. */
export interface FakeTimers {
  readonly now: () => Date;
  readonly after: (ms: number, call: () => void) => () => void;
  /** Moves on, calling what becomes due on the way, in time order. */
  advance(ms: number): void;
}

export function fakeTimers(startsAt = '2026-01-01T00:00:00.000Z'): FakeTimers {
  let nowMs = Date.parse(startsAt);
  const waiting = new Set<{ readonly atMs: number; readonly call: () => void }>();

  const nextDue = (untilMs: number) =>
    [...waiting].filter(({ atMs }) => atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];

  return {
    now: () => new Date(nowMs),
    after(ms, call) {
      const timer = { atMs: nowMs + ms, call };
      waiting.add(timer);
      return () => void waiting.delete(timer);
    },
    advance(ms) {
      const untilMs = nowMs + ms;
      for (let due = nextDue(untilMs); due; due = nextDue(untilMs)) {
        waiting.delete(due);
        nowMs = Math.max(nowMs, due.atMs);
        due.call();
      }
      nowMs = untilMs;
    },
  };
}
