import { ChurnMap } from '../../shared/index.ts';

export interface ThresholdOptions {
  readonly thresholdMs: number;
  /** By fingerprint; wins over the route's. */
  readonly fingerprints: Readonly<Record<string, number>>;
  /** By method and route: `GET /agents/:id`. */
  readonly routes: Readonly<Record<string, number>>;
}

interface Judged {
  readonly fingerprint: string;
  readonly exchangeId: string | null;
  readonly durationMs: number;
}

const mostExchanges = 1000;
const mostEach = 20;

/**
 * Says which statements are slow. A route is known when its exchange has finished, so where routes have thresholds of
 * their own a statement waits for that.
 */
export class Thresholds<Item extends Judged> {
  readonly #options: ThresholdOptions;
  readonly #leastMs: number;
  readonly #hasOwn: boolean;
  readonly #waiting = new ChurnMap<string, Item[]>();
  /** Routes of exchanges that finished lately: a statement may be told after its exchange. */
  readonly #routes = new ChurnMap<string, string>();

  constructor(options: ThresholdOptions) {
    this.#options = options;
    this.#hasOwn = Object.keys(options.fingerprints).length > 0;
    this.#leastMs = Math.min(options.thresholdMs, ...Object.values(options.routes));
  }

  /** False for nearly every statement: then there is nothing more to ask. */
  mayBeSlow({ fingerprint, durationMs }: Judged): boolean {
    return (
      durationMs >= this.#leastMs || (this.#hasOwn && Object.hasOwn(this.#options.fingerprints, fingerprint))
    );
  }

  /** The statements that are known to be slow by now: this one, or those of an exchange that had to make room. */
  statement(item: Item): readonly Item[] {
    const { thresholdMs, fingerprints, routes } = this.#options;
    const own = Object.hasOwn(fingerprints, item.fingerprint) ? fingerprints[item.fingerprint] : undefined;
    if (own !== undefined) return item.durationMs >= own ? [item] : [];
    if (item.exchangeId === null || Object.keys(routes).length === 0)
      return item.durationMs >= thresholdMs ? [item] : [];
    if (item.durationMs < this.#leastMs) return [];
    const route = this.#routes.get(item.exchangeId);
    return route === undefined ? this.#wait(item.exchangeId, item) : this.#slowOf([item], route);
  }

  /** The slow ones of an exchange whose route is known now. */
  finished(exchangeId: string, route: string): readonly Item[] {
    if (Object.keys(this.#options.routes).length > 0) this.#remember(exchangeId, route);
    const items = this.#waiting.get(exchangeId);
    if (items === undefined) return none;
    this.#waiting.delete(exchangeId);
    return this.#slowOf(items, route);
  }

  #remember(exchangeId: string, route: string): void {
    this.#routes.set(exchangeId, route);
    const [oldest] = this.#routes.keys();
    if (this.#routes.size > mostExchanges && oldest !== undefined) this.#routes.delete(oldest);
  }

  #slowOf(items: readonly Item[], route: string): readonly Item[] {
    const { routes, thresholdMs } = this.#options;
    const leastMs = Object.hasOwn(routes, route) ? (routes[route] ?? thresholdMs) : thresholdMs;
    return items.filter(({ durationMs }) => durationMs >= leastMs);
  }

  #wait(exchangeId: string, item: Item): readonly Item[] {
    const items = this.#waiting.get(exchangeId) ?? [];
    if (items.length < mostEach) items.push(item);
    this.#waiting.set(exchangeId, items);
    const [oldest] = this.#waiting.keys();
    // An exchange that never finishes (a stream) is judged by the general threshold.
    return this.#waiting.size > mostExchanges && oldest !== undefined ? this.finished(oldest, '') : [];
  }
}

const none: readonly never[] = [];
