import { setTimeout as pause } from 'node:timers/promises';

const pollMs = 50;

/** Asks again until the answer is there (neither null, undefined nor false), at most `seconds`; then says what was waited for. */
export async function eventually<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  seconds = 60,
): Promise<T> {
  const untilMs = Date.now() + seconds * 1000;
  for (;;) {
    const answer = await ask();
    if (answer !== null && answer !== undefined && answer !== false) return answer;
    if (Date.now() > untilMs) throw new Error(`Waited ${seconds} s in vain: ${what}.`);
    await pause(pollMs);
  }
}
