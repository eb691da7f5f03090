import type { Clock } from './clock.ts';

export type Change = 'plugins' | 'findings';

/** Tells listeners that something changed, at most ten times a second for each thing. */
export interface Changes {
  tell(what: Change): void;
  onChanged(call: (what: Change) => void): () => void;
  close(): void;
}

const pauseMs = 100;

export function createChanges(clock: Clock): Changes {
  const calls = new Set<(what: Change) => void>();
  const planned = new Map<Change, () => void>();
  return {
    tell(what) {
      if (planned.has(what)) return;
      planned.set(
        what,
        clock.after(pauseMs, () => {
          planned.delete(what);
          for (const call of calls) call(what);
        }),
      );
    },
    onChanged(call) {
      calls.add(call);
      return () => void calls.delete(call);
    },
    close() {
      for (const cancel of planned.values()) cancel();
      calls.clear();
    },
  };
}
