const windowMs = 1_000;

export interface Sampler {
  /** Whether an event of this moment is kept. Events of one exchange share their fate where they can. */
  keeps(nowMs: number, exchangeId: string | null): boolean;
}

/**
 * At most so many events a second. When the second before had more, exchanges are chosen by their id, so that a
 * request is kept with all its statements and not a statement here and there.
 */
export function sampler(perSecond: number): Sampler {
  let startedMs = -Infinity;
  let offered = 0;
  let kept = 0;
  let share = 1;

  function nextWindow(nowMs: number): void {
    const isNext = nowMs - startedMs < 2 * windowMs;
    share = isNext && offered > perSecond ? perSecond / offered : 1;
    startedMs = nowMs;
    offered = 0;
    kept = 0;
  }

  return {
    keeps(nowMs, exchangeId) {
      // A clock set back begins a new window too, or none would begin for as long.
      if (nowMs - startedMs >= windowMs || nowMs < startedMs) nextWindow(nowMs);
      offered += 1;
      if (kept >= perSecond) return false;
      if (share < 1 && exchangeId !== null && fractionOf(exchangeId) >= share) return false;
      kept += 1;
      return true;
    },
  };
}

/** A number from 0 to 1 that depends on the id's end only, where ids made in order differ (FNV-1a). */
function fractionOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let index = Math.max(0, id.length - 8); index < id.length; index += 1)
    hash = Math.imul(hash ^ id.charCodeAt(index), 0x01000193);
  // The multiplication mixes upwards only: the low bits of the last characters are folded in.
  hash ^= hash >>> 15;
  return (Math.imul(hash, 0x2c1b3c6d) >>> 0) / 2 ** 32;
}
