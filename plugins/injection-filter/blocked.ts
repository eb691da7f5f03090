import type { Settings } from './settings.ts';

export interface Block {
  readonly reason: string;
  readonly secondsLeft: number;
}

/** Sources refused for a while. */
export interface Blocked {
  of(address: string): Block | null;
  /** False while nobody is blocked: then no address needs to be worked out. */
  hasAny(): boolean;
}

export function blockedSources(settings: () => Settings, now: () => Date): Blocked {
  return {
    hasAny: () => settings().blocked.length > 0,
    of(address) {
      const { blocked } = settings();
      const nowMs = now().getTime();
      const found = blocked.find((each) => each.address === address && each.untilMs > nowMs);
      return found ? { reason: found.reason, secondsLeft: Math.ceil((found.untilMs - nowMs) / 1000) } : null;
    },
  };
}
