import type { Logs } from './log.ts';

/** What has to be stopped, the last begun first. */
export interface StopList {
  add(part: string, stop: () => Promise<void>): void;
  /** A part that fails to stop is logged, and the rest still stops. A second call has nothing left to do. */
  run(): Promise<void>;
}

export function createStopList(logs: Logs): StopList {
  const stops: { readonly part: string; readonly stop: () => Promise<void> }[] = [];
  return {
    add: (part, stop) => void stops.push({ part, stop }),
    async run() {
      for (let next = stops.pop(); next; next = stops.pop()) {
        const { part, stop } = next;
        await stop().catch((error: unknown) =>
          logs.error('A part did not stop cleanly.', { part, reason: String(error) }),
        );
      }
    },
  };
}
