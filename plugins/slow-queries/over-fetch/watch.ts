import type { z } from 'zod';
import type { Exchange, Host, ReplyWatch, SqlFinished } from '../../../shared/index.ts';
import type { Analysis } from '../analysis/analysis.ts';
import { OverFetchSeen } from '../events.ts';
import { overFetchFinding, overFetchKey } from '../findings.ts';
import type { Options } from '../options.ts';
import type { Places } from '../places.ts';
import { OverFetch, type AskedRows, type OverFetched } from './over-fetch.ts';
import { Pairing } from './pairing.ts';

type Finished = z.output<typeof SqlFinished.schema>;
type WatchHost = Pick<Host<Options>, 'config' | 'record' | 'raise' | 'resolve' | 'now' | 'log'>;

/** Said again of the same columns at most this often. */
const againMs = 60 * 60_000;
const mostTold = 200;
/**
 * Replies looked for before a statement's columns were measured: those of the first exchanges, whose statements are told after
 * them. Beyond, there is no tap, and no reply is worth a thought.
 */
const mostBlind = 50;

/** What is done about over-fetch: which replies are looked at, and what is told. */
export class OverFetchWatch {
  readonly #host: WatchHost;
  readonly #analysis: Analysis;
  readonly #places: Places;
  readonly #fetched: OverFetch;
  readonly #pairing = new Pairing();
  readonly #told = new Map<string, { readonly columns: string; readonly atMs: number }>();
  #hasMeasured = false;
  #blind = 0;

  constructor(host: WatchHost, analysis: Analysis, places: Places) {
    const { exchanges, leastKiB } = host.config.overFetch;
    this.#host = host;
    this.#analysis = analysis;
    this.#places = places;
    this.#fetched = new OverFetch({ leastExchanges: exchanges, leastBytes: leastKiB * 1024 });
  }

  readonly replyKeys: ReplyWatch = {
    wants: (exchange) =>
      this.#mayBeOfUse() && this.#pairing.wants(exchange.id, routeOf(exchange), this.#host.now().getTime()),
    seen: ({ id }, reply) => this.#pairing.replied(id, reply),
  };

  /** Most statements come without a result: the tap looks at a few a second. */
  statement({ fingerprint, text, command, result }: Finished): void {
    if (result === undefined || command !== 'SELECT') return;
    this.#hasMeasured = true;
    this.#fetched.measured({ fingerprint, text }, result.rows, result.columns);
  }

  #mayBeOfUse(): boolean {
    if (this.#hasMeasured) return true;
    if (this.#blind >= mostBlind) return false;
    this.#blind += 1;
    return true;
  }

  exchange(exchangeId: string, asked: readonly AskedRows[]): void {
    this.#pairing.asked(exchangeId, asked);
  }

  /** What is known of a slow statement. */
  of(fingerprint: string): OverFetched | null {
    return this.#fetched.of(fingerprint);
  }

  async judge(): Promise<void> {
    const found = new Map<string, OverFetched>();
    for (const { route, reply, asked } of this.#pairing.take(this.#host.now().getTime())) {
      const fetched = this.#fetched.exchange(route, reply, asked);
      this.#pairing.seen(route, asked.length > 0);
      for (const each of fetched) found.set(each.fingerprint, each);
    }
    this.#takeBack();
    for (const each of found.values()) await this.#tell(each);
  }

  async #tell(fetched: OverFetched): Promise<void> {
    const { fingerprint, text, allColumns, unsent } = fetched;
    const names = unsent.map(({ name }) => name);
    const columns = [...names].sort().join();
    const nowMs = this.#host.now().getTime();
    const before = this.#told.get(fingerprint);
    if (before?.columns === columns && nowMs - before.atMs < againMs) return;
    if (this.#told.size >= mostTold && !before) return;
    this.#told.set(fingerprint, { columns, atMs: nowMs });
    const sql = await this.#analysis.narrower(text, allColumns, names).catch((error: unknown) => {
      this.#host.log.warn('A narrower SELECT could not be written.', { reason: String(error) });
      return null;
    });
    const routes = [...fetched.routes];
    const lists = { routes, unsent: [...unsent], allColumns: [...allColumns] };
    this.#host.record(OverFetchSeen, { ...fetched, ...lists, sql });
    this.#host.raise(overFetchFinding(fetched, sql, this.#places.of(fingerprint, text)));
  }

  /** A reply that carries a column after all proves the finding wrong. */
  #takeBack(): void {
    for (const fingerprint of this.#told.keys()) {
      if (this.#fetched.of(fingerprint) !== null) continue;
      this.#told.delete(fingerprint);
      this.#host.resolve(overFetchKey(fingerprint), 'Replies carry what it reads, or it reads less.');
    }
  }
}

const routeOf = ({ request }: Exchange): string => `${request.method} ${request.route}`;
