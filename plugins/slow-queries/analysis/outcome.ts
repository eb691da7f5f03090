import { OutriderError } from '../../../shared/index.ts';
import type { Outcome } from './protocol.ts';

/** Errors lose their class on the way between threads, so they travel as values. */
export async function outcomeOf(work: () => Promise<unknown>): Promise<Outcome> {
  try {
    return { ok: true, value: await work() };
  } catch (error) {
    if (error instanceof OutriderError) return { ok: false, code: error.code, detail: error.detail ?? '' };
    return { ok: false, code: null, detail: error instanceof Error ? error.message : String(error) };
  }
}

/** What an outcome holds, or its error again. */
export function valueOf(outcome: Outcome): unknown {
  if (outcome.ok) return outcome.value;
  const { code, detail } = outcome;
  throw code === null ? new Error(detail) : new OutriderError(code, detail === '' ? undefined : detail);
}
