import type { Suspect } from './investigation.ts';

/** Statements waiting for their plan: each fingerprint at most once in a while, and only so many at all. */
export interface Suspects<Item extends Suspect> {
  /** False when this fingerprint was looked at lately or too many wait. */
  add(suspect: Item, nowMs: number): boolean;
  next(): Item | undefined;
  /** True while the fingerprint would not be looked at again. */
  wasLookedAt(fingerprint: string, nowMs: number): boolean;
}

/** The application's server is asked for a plan at most this often a second, so the queue stays short. */
const mostWaiting = 32;
const mostRemembered = 2000;

export function suspects<Item extends Suspect>(againSeconds: number): Suspects<Item> {
  const lookedAtMs = new Map<string, number>();
  const waiting: Item[] = [];
  const wasLookedAt = (fingerprint: string, nowMs: number): boolean =>
    nowMs - (lookedAtMs.get(fingerprint) ?? -Infinity) < againSeconds * 1000;
  return {
    wasLookedAt,
    add(suspect, nowMs) {
      if (wasLookedAt(suspect.fingerprint, nowMs) || waiting.length >= mostWaiting) return false;
      lookedAtMs.delete(suspect.fingerprint);
      lookedAtMs.set(suspect.fingerprint, nowMs);
      if (lookedAtMs.size > mostRemembered) forgetOldest(lookedAtMs);
      waiting.push(suspect);
      return true;
    },
    next: () => waiting.shift(),
  };
}

/** A tenth at once: finding the oldest means stepping over all that were deleted before it. */
function forgetOldest(remembered: Map<string, unknown>): void {
  for (const key of remembered.keys()) {
    if (remembered.size <= mostRemembered * 0.9) return;
    remembered.delete(key);
  }
}
