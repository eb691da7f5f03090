import { boundedMap } from '../../shared/index.ts';
import { sourceOf } from './addresses.ts';

export interface Throttle {
  /** Seconds the source has to wait before it may try again; 0 when it may now. */
  waitSeconds(address: string, nowMs: number): number;
  failed(address: string, nowMs: number): void;
}

/** Sources remembered per generation; an attacker with more addresses than that is a matter for a firewall. */
const mostSources = 10_000;

/** Lets a source fail so many times in a window, and then wait for the window's end. */
export function throttle(limits: { readonly failures: number; readonly failureSeconds: number }): Throttle {
  const windows = boundedMap<{ failures: number; readonly endsMs: number }>(mostSources);
  return {
    waitSeconds(address, nowMs) {
      if (windows.size === 0) return 0;
      const window = windows.get(sourceOf(address));
      if (!window || window.endsMs <= nowMs || window.failures < limits.failures) return 0;
      return Math.ceil((window.endsMs - nowMs) / 1000);
    },
    failed(address, nowMs) {
      const source = sourceOf(address);
      const window = windows.get(source);
      if (window && window.endsMs > nowMs) window.failures += 1;
      else windows.set(source, { failures: 1, endsMs: nowMs + limits.failureSeconds * 1000 });
    },
  };
}
