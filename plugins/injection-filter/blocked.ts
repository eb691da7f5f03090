import type { Settings } from './settings.ts';

export interface Block {
  readonly reason: string;
  readonly secondsLeft: number;
}

/** Sources refused for a while. */
export interface Blocked {
  of(address: string): Block | null;
}

/** Costs a property read while nobody is blocked. */
export function blockedSources(settings: () => Settings, now: () => Date): Blocked {
  return {
    of(address) {
      const { blocked } = settings();
      if (blocked.length === 0) return null;
      const nowMs = now().getTime();
      const found = blocked.find((each) => each.address === address && each.untilMs > nowMs);
      return found ? { reason: found.reason, secondsLeft: Math.ceil((found.untilMs - nowMs) / 1000) } : null;
    },
  };
}
