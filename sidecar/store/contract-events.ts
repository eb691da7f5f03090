import { OutriderError, type ErrorCode, type Recorded } from '../../shared/index.ts';
import type { Appended } from './store.ts';

/** An event to append, with what a test does not care about filled in. */
export function appended(event: Partial<Appended>): Appended {
  const {
    id = 'event',
    type = 'test/happened',
    keep = 'forever',
    at = '2026-01-02T03:04:05.678Z',
    data = {},
  } = event;
  const { stream = null, traceId = null, exchangeId = null, causedBy = null, json } = event;
  const filled = { id, type, keep, at, stream, traceId, exchangeId, causedBy, data };
  return json === undefined ? filled : { ...filled, json };
}

export async function collected(events: AsyncIterable<Recorded>): Promise<readonly Recorded[]> {
  const all: Recorded[] = [];
  for await (const event of events) all.push(event);
  return all;
}

export function isCode(error: unknown, code: ErrorCode): error is OutriderError {
  return error instanceof OutriderError && error.code === code;
}

/** Waits until something holds, looking again every few milliseconds; fails when that takes too long. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  what: string,
  seconds = 10,
): Promise<void> {
  const untilMs = Date.now() + seconds * 1000;
  while (!(await holds())) {
    if (Date.now() > untilMs) throw new Error(`Waited ${seconds} s for ${what}.`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
