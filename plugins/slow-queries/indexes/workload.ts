import type { z } from 'zod';
import {
  addBuckets,
  bucketOf,
  emptyBuckets,
  percentileMs,
  type SqlFinished,
  type SqlSummary,
} from '../../../shared/index.ts';
import { isHidden } from '../hidden-values.ts';
import type { WorkloadStatement } from './advise.ts';
import type { Planned } from './what-if.ts';

/** Statements are remembered by the time they took together; those that took least make room. */
const mostShapes = 500;
/** Sets of values of one statement: enough to tell what changes from what stays. */
const mostSamples = 3;
const sampleEvery = 16;
const mostRoutes = 20;
/** Longer texts were cut when they were recorded. */
const mostTextCharacters = 16 * 1024;

interface Shape {
  calls: number;
  seen: number;
  totalMs: number;
  readonly buckets: number[];
  samples: Planned[];
  readonly routes: Map<string, { calls: number; readonly buckets: number[] }>;
}

/** The recorded workload as far as index advice needs it: counts from the summaries, values and routes from samples. */
export class Workload {
  readonly #shapes = new Map<string, Shape>();

  get isEmpty(): boolean {
    return this.#shapes.size === 0;
  }

  count({ rows }: z.output<typeof SqlSummary.schema>): void {
    for (const { fingerprint, count, durationMsSum, buckets } of rows) {
      if (fingerprint === '(other)') continue;
      const shape = this.#shapeOf(fingerprint);
      shape.calls += count;
      shape.totalMs += durationMsSum;
      addBuckets(shape.buckets, buckets);
    }
    this.#makeRoom();
  }

  sample({ fingerprint, text, parameters, error }: z.output<typeof SqlFinished.schema>): void {
    if (error || text.length >= mostTextCharacters) return;
    const shape = this.#shapes.get(fingerprint) ?? this.#shapeOf(fingerprint);
    shape.seen += 1;
    // Values differ from call to call: once there are enough sets of them, now and then a newer one will do.
    if (shape.samples.length >= mostSamples && shape.seen % sampleEvery !== 0) return;
    if (!shape.samples.some((each) => isSample(each, text, parameters))) {
      const isKnown = !parameters.some(isHidden);
      const planned = { text, parameters: isKnown ? parameters : null };
      shape.samples = [...shape.samples, planned].slice(-mostSamples);
    }
    this.#makeRoom();
  }

  /** `route` with its method: `GET /agents/:id`. */
  exchange(route: string, durationMs: number, asked: readonly { readonly fingerprint: string }[]): void {
    if (asked.length === 0) return;
    const bucket = bucketOf(durationMs);
    for (const [place, { fingerprint }] of asked.entries()) {
      const routes = this.#shapes.get(fingerprint)?.routes;
      const isTwice = asked.findIndex((each) => each.fingerprint === fingerprint) < place;
      if (isTwice || !routes || (routes.size >= mostRoutes && !routes.has(route))) continue;
      const counted = routes.get(route) ?? { calls: 0, buckets: emptyBuckets() };
      counted.calls += 1;
      counted.buckets[bucket] = (counted.buckets[bucket] ?? 0) + 1;
      routes.set(route, counted);
    }
  }

  /** Statements with at least one text, the most time first. */
  statements(): readonly WorkloadStatement[] {
    return [...this.#shapes]
      .filter(([, { samples }]) => samples.length > 0)
      .map(([fingerprint, shape]) => ({
        fingerprint,
        calls: shape.calls,
        totalMs: shape.totalMs,
        p95Ms: percentileMs(shape.buckets, 0.95) ?? 0,
        samples: withValues(shape.samples),
        routes: [...shape.routes].map(([route, { calls, buckets }]) => ({
          route,
          calls,
          p95Ms: percentileMs(buckets, 0.95) ?? 0,
        })),
      }))
      .sort((a, b) => b.totalMs - a.totalMs);
  }

  /** The durations of one statement from now on are counted anew: to see what a new index brought. */
  bucketsOf(fingerprint: string): readonly number[] {
    return this.#shapes.get(fingerprint)?.buckets ?? [];
  }

  #shapeOf(fingerprint: string): Shape {
    const found = this.#shapes.get(fingerprint);
    if (found) return found;
    const added = { calls: 0, seen: 0, totalMs: 0, buckets: emptyBuckets(), samples: [], routes: new Map() };
    this.#shapes.set(fingerprint, added);
    return added;
  }

  #makeRoom(): void {
    if (this.#shapes.size <= mostShapes) return;
    const ranked = [...this.#shapes].sort(([, a], [, b]) => a.totalMs - b.totalMs);
    for (const [fingerprint] of ranked.slice(0, this.#shapes.size - mostShapes + mostShapes / 10))
      this.#shapes.delete(fingerprint);
  }
}

/** Every statement comes by here: compared value by value, without making texts of them. */
function isSample({ text, parameters }: Planned, other: string, values: Planned['parameters']): boolean {
  if (text !== other) return false;
  if (parameters === null || values === null) return values === null || values.some(isHidden);
  return parameters.length === values.length && parameters.every((each, place) => each === values[place]);
}

/** With values the plan is the real one; without, one for any. */
function withValues(samples: readonly Planned[]): readonly Planned[] {
  const known = samples.filter(({ parameters }) => parameters !== null);
  return known.length > 0 ? known : samples.slice(0, 1);
}
