import { addBuckets, emptyBuckets, percentileMs } from '../../shared/index.ts';

export interface RegressionOptions {
  /** The p95 of a window must be so many times that of the history. */
  readonly factor: number;
  /** Fewer calls in a window say nothing about a p95. */
  readonly leastCalls: number;
  /** And so many milliseconds above it. */
  readonly leastMs: number;
}

export interface Regression {
  readonly fingerprint: string;
  readonly text: string;
  readonly p95BeforeMs: number;
  readonly p95Ms: number;
  readonly calls: number;
}

interface History {
  readonly text: string;
  /** Calls by duration, older ones counting less. */
  readonly past: number[];
  window: number[];
  calls: number;
  /** Windows in a row that were too slow. */
  slowWindows: number;
}

const mostFingerprints = 500;
/** Each window that goes by leaves this much of the past: a day's habits, not a year's. */
const kept = 0.98;
/** The past must have seen this many times the calls a window needs. */
const pastCalls = 5;
/** What stays slow for so many windows is how it is now. */
const adoptedAfter = 60;

/** Compares each fingerprint's p95 with its own history, one window of time after the other. */
export class Regressions {
  readonly #histories = new Map<string, History>();
  readonly #options: RegressionOptions;

  constructor(options: RegressionOptions) {
    this.#options = options;
  }

  add({
    fingerprint,
    text,
    count,
    buckets,
  }: {
    fingerprint: string;
    text: string;
    count: number;
    buckets: readonly number[];
  }): void {
    const history = this.#histories.get(fingerprint) ?? this.#start(fingerprint, text);
    if (!history) return;
    addBuckets(history.window, buckets);
    history.calls += count;
  }

  /** Ends the window: what became slower, and the fingerprints that are as before again. */
  close(): { readonly slower: readonly Regression[]; readonly recovered: readonly string[] } {
    const slower: Regression[] = [];
    const recovered: string[] = [];
    for (const [fingerprint, history] of this.#histories) {
      if (history.calls === 0) continue;
      const regression = this.#judge(fingerprint, history);
      const hasEnough = history.calls >= this.#options.leastCalls;
      if (regression && history.slowWindows < adoptedAfter) {
        if (history.slowWindows === 0) slower.push(regression);
        history.slowWindows += 1;
      } else {
        if (history.slowWindows > 0 && hasEnough) {
          recovered.push(fingerprint);
          if (regression) history.past.fill(0);
          history.slowWindows = 0;
        }
        remember(history);
      }
      history.window = emptyBuckets();
      history.calls = 0;
    }
    return { slower, recovered };
  }

  #judge(fingerprint: string, { text, past, window, calls }: History): Regression | null {
    const { factor, leastCalls, leastMs } = this.#options;
    const pastCount = past.reduce((sum, count) => sum + count, 0);
    if (calls < leastCalls || pastCount < leastCalls * pastCalls) return null;
    const p95BeforeMs = percentileMs(past, 0.95) ?? 0;
    const p95Ms = percentileMs(window, 0.95) ?? 0;
    const isSlower = p95Ms >= p95BeforeMs * factor && p95Ms - p95BeforeMs >= leastMs;
    return isSlower ? { fingerprint, text, p95BeforeMs, p95Ms, calls } : null;
  }

  #start(fingerprint: string, text: string): History | null {
    if (fingerprint === '(other)' || this.#histories.size >= mostFingerprints) return null;
    const history = { text, past: emptyBuckets(), window: emptyBuckets(), calls: 0, slowWindows: 0 };
    this.#histories.set(fingerprint, history);
    return history;
  }
}

function remember({ past, window }: History): void {
  past.forEach((count, index) => {
    past[index] = count * kept + (window[index] ?? 0);
  });
}
