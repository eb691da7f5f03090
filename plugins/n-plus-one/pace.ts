import type { StatementSeen } from './trace.ts';

/** A pause of the exchange from which a loop waits for something else: a timer, a model's next word, another service. */
const pauseMs = 50;
/** On a busy machine everything takes longer: a pause is long only beside the statements. */
const pauseFactor = 8;

/**
 * True when most executions come after a pause in which the exchange asked the database nothing: polling, or a
 * write for each event of a stream. Asking once would not be possible, or would not save the time.
 */
export function isPaced(alike: readonly StatementSeen[], all: readonly StatementSeen[]): boolean {
  const usual = median(alike.map(({ durationMs }) => durationMs));
  const longMs = Math.max(pauseMs, pauseFactor * usual);
  const pauses = longestPauses(alike, all);
  return pauses.filter((each) => each >= longMs).length * 2 > pauses.length;
}

/** Between each execution and the next, the longest time in which no statement of the exchange ran. */
function longestPauses(alike: readonly StatementSeen[], all: readonly StatementSeen[]): readonly number[] {
  const wanted = new Set(alike);
  const pauses: number[] = [];
  let lastEndMs = Number.POSITIVE_INFINITY;
  let longest = 0;
  let hasBegun = false;
  for (const statement of all) {
    longest = Math.max(longest, statement.startedMs - lastEndMs);
    const endMs = statement.startedMs + statement.durationMs;
    lastEndMs = Number.isFinite(lastEndMs) ? Math.max(lastEndMs, endMs) : endMs;
    if (!wanted.has(statement)) continue;
    if (hasBegun) pauses.push(longest);
    hasBegun = true;
    longest = 0;
  }
  return pauses;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
