import type { HttpSummary, Store } from '../../shared/index.ts';
import type { z } from 'zod';

/** The routes that callers have really used: what scopes of a new key may be made of. */
export interface RoutesSeen {
  note(rows: z.output<typeof HttpSummary.schema>['rows']): void;
  /** `GET /agents/:id`, by route then method. */
  all(): readonly string[];
  load(): Promise<void>;
  save(): Promise<void>;
}

const storeKey = 'routes-seen';
/** More than that are not routes but values in paths; those seen first stay. */
const mostRoutes = 500;

/** Routes the backend answered with success; what was refused or not found tells nothing about what there is. */
export function routesSeen(store: Store): RoutesSeen {
  const seen = new Set<string>();
  let saved = 0;
  const add = (route: string): void => {
    if (seen.size < mostRoutes) seen.add(route);
  };
  const load = async (): Promise<void> => {
    const known = (await store.get<readonly string[]>(storeKey)) ?? [];
    known.forEach(add);
    saved = known.length;
  };
  return {
    load,
    all: () => Array.from(seen).sort((a, b) => (routeOf(a) < routeOf(b) ? -1 : 1)),
    note(rows) {
      for (const { method, route, status } of rows)
        if (status >= 200 && status < 400 && route.startsWith('/')) add(`${method} ${route}`);
    },
    async save() {
      if (seen.size === saved) return;
      // What another sidecar has seen meanwhile stays.
      await load();
      await store.set(storeKey, Array.from(seen));
      saved = seen.size;
    },
  };
}

/** `/agents/:id GET` */
function routeOf(scope: string): string {
  return scope.split(' ').toReversed().join(' ');
}
