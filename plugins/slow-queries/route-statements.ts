import type { z } from 'zod';
import { addBuckets, bucketOf, emptyBuckets } from '../../shared/index.ts';
import type { RoutesCounted } from './events.ts';

/** What the exchanges of one route asked of the database. */
export type RouteCount = z.output<typeof RoutesCounted.schema>['rows'][number];

interface Asked {
  readonly fingerprint: string;
  readonly text: string;
  readonly durationMs: number;
}

interface Counting {
  exchanges: number;
  statements: number;
  durationMsSum: number;
  sqlMsSum: number;
  sqlMsMax: number;
  readonly buckets: number[];
  readonly shapes: Map<string, { readonly text: string; ms: number }>;
}

/** Of one time between two summaries; what comes to further ones is left out. */
const mostRoutes = 200;
const mostShapes = 50;
const mostTextCharacters = 400;

/** Counts, route by route, what exchanges ask, until it is taken. */
export class RouteStatements {
  #routes = new Map<string, Counting>();

  /** An exchange that ended and its statements; one without any is not counted. */
  add(route: string, durationMs: number, asked: readonly Asked[]): void {
    if (asked.length === 0) return;
    const counting = this.#countingOf(route);
    if (counting === undefined) return;
    let sqlMs = 0;
    for (const each of asked) {
      sqlMs += each.durationMs;
      addShape(counting, each);
    }
    counting.exchanges += 1;
    counting.statements += asked.length;
    counting.durationMsSum += durationMs;
    counting.sqlMsSum += sqlMs;
    counting.sqlMsMax = Math.max(counting.sqlMsMax, sqlMs);
    const bucket = bucketOf(sqlMs);
    counting.buckets[bucket] = (counting.buckets[bucket] ?? 0) + 1;
  }

  /** What was counted since the last time. */
  take(): readonly RouteCount[] {
    const taken = this.#routes;
    this.#routes = new Map();
    return [...taken].map(([route, { shapes, ...counted }]) => ({
      route,
      ...counted,
      dearest: [...shapes.values()].reduce((most, each) => (each.ms > most.ms ? each : most)),
    }));
  }

  #countingOf(route: string): Counting | undefined {
    const found = this.#routes.get(route);
    if (found || this.#routes.size >= mostRoutes) return found;
    const added = {
      exchanges: 0,
      statements: 0,
      durationMsSum: 0,
      sqlMsSum: 0,
      sqlMsMax: 0,
      buckets: emptyBuckets(),
      shapes: new Map(),
    };
    this.#routes.set(route, added);
    return added;
  }
}

function addShape({ shapes }: Counting, { fingerprint, text, durationMs }: Asked): void {
  const shape = shapes.get(fingerprint);
  if (shape) shape.ms += durationMs;
  else if (shapes.size < mostShapes)
    shapes.set(fingerprint, { text: text.slice(0, mostTextCharacters), ms: durationMs });
}

/** Adds what a route asked in one time to what it asked before. */
export function addRoute(into: RouteCount | undefined, more: RouteCount): RouteCount {
  if (into === undefined) return more;
  const buckets = [...into.buckets];
  addBuckets(buckets, more.buckets);
  return {
    route: into.route,
    exchanges: into.exchanges + more.exchanges,
    statements: into.statements + more.statements,
    durationMsSum: into.durationMsSum + more.durationMsSum,
    sqlMsSum: into.sqlMsSum + more.sqlMsSum,
    sqlMsMax: Math.max(into.sqlMsMax, more.sqlMsMax),
    buckets,
    dearest: more.dearest.ms > into.dearest.ms ? more.dearest : into.dearest,
  };
}
