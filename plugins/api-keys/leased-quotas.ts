import { boundedMap } from '../../shared/index.ts';
import type { Quota } from './key-record.ts';
import {
  endOf,
  requestMeasures,
  secondsUntil,
  sumKeyOf,
  ttlSecondsOf,
  type RequestMeasure,
} from './measures.ts';
import type { Period } from './periods.ts';
import type { SharedSums, Stored } from './shared-sum.ts';
import { SharedWindow, type Unanswered } from './shared-window.ts';
import type { Taken } from './token-bucket.ts';

/** Quotas of requests while sidecars share a Redis: leased ahead from one count, as rate limits are. */
export interface LeasedQuotas {
  /** Takes one request of each quota the key has; seconds to wait, 0 when taken. A promise while none is leased. */
  take(keyId: string, quota: Quota, period: Period, nowMs: number): number | Promise<number>;
  /** To be called now and then: what was leased and is not used goes back to the others. */
  rest(): void;
}

/** Windows remembered per generation. */
const mostWindows = 50_000;
/** Requests leased at one go; a sidecar that is killed takes as many with it. */
const mostLeased = 100;
/** Refused rather than let through uncounted: the client may try again in a second. */
const notKnownSeconds = 1;

export function leasedQuotas(
  sums: SharedSums,
  storedOf: (keyId: string, measure: RequestMeasure, period: Period) => Stored,
): LeasedQuotas {
  const windows = boundedMap<SharedWindow>(mostWindows);
  let used = new Set<SharedWindow>();

  function windowOf(keyId: string, measure: RequestMeasure, most: number, period: Period): SharedWindow {
    const key = sumKeyOf(keyId, measure, period);
    const before = windows.get(key);
    if (before?.limit.requests === most) return before;
    const counter = sums.counter(key, storedOf(keyId, measure, period), ttlSecondsOf(measure));
    const fresh = new SharedWindow(0, { requests: most, seconds: 1 }, counter, mostLeased);
    windows.set(key, fresh);
    return fresh;
  }

  /** What one quota gave is put back when another refuses. */
  function decided(parts: readonly Part[], answers: readonly (Taken | Unanswered)[], nowMs: number): number {
    const isRefused = (answer: Taken | Unanswered | undefined): boolean =>
      answer === 'late' || (typeof answer === 'object' && !answer.isWithin);
    if (!answers.some(isRefused)) return 0;
    let waitSeconds = notKnownSeconds;
    for (const [index, { window, endsMs }] of parts.entries()) {
      const answer = answers[index];
      if (typeof answer !== 'object') continue;
      if (answer.isWithin) window.putBack();
      else waitSeconds = Math.max(waitSeconds, secondsUntil(endsMs, nowMs));
    }
    return waitSeconds;
  }

  return {
    take(keyId, quota, period, nowMs) {
      const parts = requestMeasures.flatMap((measure): Part[] => {
        const most = quota[measure];
        if (most === undefined) return [];
        return [{ window: windowOf(keyId, measure, most, period), endsMs: endOf(measure, period) }];
      });
      for (const { window } of parts) used.add(window);
      const answers = parts.map(({ window }) => window.take(nowMs));
      return answers.some((answer) => answer instanceof Promise)
        ? Promise.all(answers).then((all) => decided(parts, all, nowMs))
        : // Safe: none of them is a promise.
          decided(parts, answers as Taken[], nowMs);
    },
    rest() {
      const before = used;
      used = new Set();
      for (const window of before) if (window.rest()) used.add(window);
    },
  };
}

interface Part {
  readonly window: SharedWindow;
  readonly endsMs: number;
}
