import { boundedMap, type ReplyKeys } from '../../../shared/index.ts';
import { SentKeys } from './names.ts';
import { ShapeColumns } from './shape.ts';

/** A statement returns columns, and they weigh, that none of the replies made of its rows had a key for. */
export interface OverFetched {
  readonly fingerprint: string;
  readonly text: string;
  readonly routes: readonly string[];
  /** Exchanges in which both its rows and the keys of the reply were seen. */
  readonly exchanges: number;
  /** Means of one exchange. */
  readonly rows: number;
  readonly readBytes: number;
  readonly unsentBytes: number;
  readonly replyBytes: number;
  /** Mean bytes of one row, the widest first. */
  readonly unsent: readonly { readonly name: string; readonly bytes: number }[];
  readonly allColumns: readonly string[];
  /** `SELECT *`, or `t.*`: it reads what nobody chose. */
  readonly isStar: boolean;
  /** `high` when each reply was smaller than the columns alone, so that they cannot have been sent under other names. */
  readonly confidence: 'high' | 'fair';
}

export interface OverFetchLimits {
  /** Exchanges that must agree. */
  readonly leastExchanges: number;
  /** Bytes that an exchange reads for nothing, in the mean. */
  readonly leastBytes: number;
}

/** A statement of an exchange, as far as it matters here. */
export interface AskedRows {
  readonly fingerprint: string;
  readonly rows: number;
}

/** Of what a row weighs, the part that is not sent. */
const leastShare = 0.5;
/** Exchanges in which the reply was smaller than what is said not to be in it, of all that were seen. */
const leastProven = 0.8;
/** The reply holds more than values: keys, quotes, escapes. */
const provenFactor = 0.8;

const star = /(?:\bselect\s|[,.])\s*\*/i;
const shapesMax = 500;
const routesMax = 5;
const firstRows = 1;

interface Known {
  readonly columns: ShapeColumns;
  routes: string[];
  exchanges: number;
  /** Exchanges whose reply was made of something else: it was asked for what the code needs. */
  others: number;
  proven: number;
  rows: number;
  replyBytes: number;
}

/**
 * Columns read against keys in the JSON reply. Code that uses a column and sends nothing of it cannot be seen, so this speaks
 * only when several exchanges agree, most of what is read is not sent, and the replies were too small to hold it.
 */
export class OverFetch {
  readonly #limits: OverFetchLimits;
  readonly #known = boundedMap<Known>(shapesMax);

  constructor(limits: OverFetchLimits) {
    this.#limits = limits;
  }

  /** Columns of one execution and what came for them. */
  measured(
    { fingerprint, text }: { readonly fingerprint: string; readonly text: string },
    rows: number,
    columns: readonly { readonly name: string; readonly bytes: number }[],
  ): void {
    if (rows < firstRows) return;
    let known = this.#known.get(fingerprint);
    if (!known?.columns.isOf(columns)) {
      const names = columns.map(({ name }) => name);
      known = { columns: new ShapeColumns(text, names), routes: [], ...noExchanges };
      this.#known.set(fingerprint, known);
    }
    known.columns.measured(rows, columns);
  }

  /** An exchange whose reply and statements are known; answers the statements that are worth a word now. */
  exchange(route: string, reply: ReplyKeys, asked: readonly AskedRows[]): readonly OverFetched[] {
    const keys = new SentKeys(reply.paths);
    const rows = new Map<string, number>();
    for (const each of asked)
      if (each.rows > 0) rows.set(each.fingerprint, (rows.get(each.fingerprint) ?? 0) + each.rows);
    return [...rows].flatMap(([fingerprint, count]) => {
      const known = this.#known.get(fingerprint);
      if (!known) return [];
      this.#add(known, route, reply, keys, count);
      return this.of(fingerprint) ?? [];
    });
  }

  /** What is to be said of a statement by now; null for nothing. */
  of(fingerprint: string): OverFetched | null {
    const known = this.#known.get(fingerprint);
    if (!known || known.exchanges < this.#limits.leastExchanges || known.others > known.exchanges)
      return null;
    const { columns, exchanges, routes, proven } = known;
    const { rowBytes, columns: unsent, allColumns } = columns.unsent();
    const rows = known.rows / exchanges;
    const unsentRowBytes = unsent.reduce((sum, { bytes }) => sum + bytes, 0);
    const unsentBytes = unsentRowBytes * rows;
    if (unsentBytes < this.#limits.leastBytes || unsentRowBytes < rowBytes * leastShare) return null;
    if (proven < exchanges * leastProven) return null;
    return {
      fingerprint,
      text: columns.text,
      routes,
      exchanges,
      rows,
      readBytes: rowBytes * rows,
      unsentBytes,
      replyBytes: known.replyBytes / exchanges,
      unsent: [...unsent].sort((a, b) => b.bytes - a.bytes),
      allColumns,
      isStar: star.test(columns.text),
      confidence: proven === exchanges ? 'high' : 'fair',
    };
  }

  #add(known: Known, route: string, reply: ReplyKeys, keys: SentKeys, rows: number): void {
    if (!known.columns.sent(keys)) {
      known.others += 1;
      return;
    }
    const unsentBytes = known.columns.unsent().columns.reduce((sum, { bytes }) => sum + bytes, 0) * rows;
    known.exchanges += 1;
    known.rows += rows;
    known.replyBytes += reply.bytes;
    if (reply.bytes < unsentBytes * provenFactor) known.proven += 1;
    if (known.routes.length < routesMax && !known.routes.includes(route)) known.routes.push(route);
  }
}

const noExchanges = { exchanges: 0, others: 0, proven: 0, rows: 0, replyBytes: 0 };
