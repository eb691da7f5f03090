import { AsyncLocalStorage } from 'node:async_hooks';

export interface AwaitedQueries {
  /** The tags of the line that awaits the query which is being run; null outside of one. */
  current(): string | null;
  /** Tells of the queries of a class whose `then` runs them: Drizzle's `QueryPromise`. */
  patch(exported: unknown): void;
}

type Then = (this: object, ...args: unknown[]) => unknown;

/** Shared by every copy of the probe in the process. */
const isPatched = Symbol.for('outrider.probe.awaited');

/**
 * A query that runs when it is awaited is run by the promise machinery, whose stack holds no caller. But `await`, `Promise.all`
 * and `return` look `then` up at once, in the line that wrote them (ECMAScript §27.2.1.3.2): that is when it is noted.
 */
export function awaitedQueries(siteAbove: (call: () => Then) => string | null): AwaitedQueries {
  const running = new AsyncLocalStorage<string>();
  return {
    current: () => running.getStore() ?? null,
    patch(exported) {
      const prototype = prototypeOf(exported);
      const then = prototype && Object.getOwnPropertyDescriptor(prototype, 'then')?.value;
      if (prototype === null || typeof then !== 'function' || Object.hasOwn(prototype, isPatched)) return;
      Object.defineProperty(prototype, isPatched, { value: true });
      // Safe: a function is what it was found to be.
      put(prototype, noting(then as Then));
    },
  };

  /** What `then` answers from now on, and what it is looked up by. */
  function noting(then: Then): () => Then {
    return function lookUp(this: object): Then {
      const site = siteOrNull(lookUp);
      if (site === null) return then;
      return function (this: object, ...args: unknown[]): unknown {
        return running.run(site, () => then.apply(this, args));
      };
    };
  }

  function siteOrNull(call: () => Then): string | null {
    try {
      return siteAbove(call);
    } catch {
      return null;
    }
  }
}

/* oxlint-disable unicorn/no-thenable -- It is there already; it is only looked up in another way. */
/** What gives a class its methods copies accessors as they are; a `then` that is set stays what it was set to. */
function put(prototype: object, lookUp: () => Then): void {
  Object.defineProperty(prototype, 'then', {
    get: lookUp,
    set(this: object, value: unknown) {
      Object.defineProperty(this, 'then', { value, writable: true, configurable: true });
    },
    configurable: true,
    enumerable: false,
  });
}

function prototypeOf(exported: unknown): object | null {
  if (typeof exported !== 'object' || exported === null || !('QueryPromise' in exported)) return null;
  const { QueryPromise: found } = exported;
  // Safe: a constructor's prototype is an object; what is on it is looked at for what it is.
  return typeof found === 'function' ? (found.prototype as object) : null;
}
