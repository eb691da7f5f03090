import type { Around, Reply, ReplyBody } from '../../shared/index.ts';
import type { ExchangeRecord } from '../http/pipeline.ts';
import type { Clock } from './clock.ts';
import type { Observer } from './observe.ts';
import { policy } from './policy.ts';
import type { Entry, Table } from './table.ts';

/** Runs the arounds, the first configured outermost. */
export interface Onion {
  isWrapped(exchange: ExchangeRecord): boolean;
  around(exchange: ExchangeRecord, backend: () => Promise<Reply>): Promise<Reply>;
}

export function createOnion(table: () => Table, observer: Observer, clock: Clock): Onion {
  function layer(
    arounds: readonly Entry<Around>[],
    first: number,
    exchange: ExchangeRecord,
    backend: () => Promise<Reply>,
  ): Promise<Reply> {
    for (let index = first; index < arounds.length; index += 1) {
      const entry = arounds[index];
      if (entry === undefined || !exchange.meets(entry.hook.match) || !entry.rail.mayRun()) continue;
      const inner = () => layer(arounds, index + 1, exchange, backend);
      return entry.slot.mode === 'enforce'
        ? enforced(entry, exchange, inner, clock)
        : observer.observed(entry, exchange, inner);
    }
    return backend();
  }

  return {
    isWrapped(exchange) {
      for (const { hook, rail } of table().arounds)
        if (exchange.meets(hook.match) && rail.isOpen) return true;
      return false;
    },
    around: (exchange, backend) => layer(table().arounds, 0, exchange, backend),
  };
}

/**
 * One layer that acts. Where the plugin breaks, traffic goes on: without it when it had not called `next`, with the
 * reply of `next` when it had. What `next` rejects with is the backend's failure, not the plugin's.
 */
async function enforced(
  { slot, hook, rail, busy }: Entry<Around>,
  exchange: ExchangeRecord,
  inner: () => Promise<Reply>,
  clock: Clock,
): Promise<Reply> {
  const call = new Call(inner, clock);
  const startedMs = rail.begin();
  busy.enter();
  try {
    const reply = await Promise.race([hook.handle(exchange, call.next), call.late]);
    assertReply(reply);
    rail.succeeded(startedMs);
    if (call.answer === null) exchange.servedBy = slot.name;
    return call.chosen(reply);
  } catch (error) {
    if (!call.isBackendFailure(error)) rail.failed(error);
    else rail.succeeded(startedMs);
    return await call.withoutPlugin();
  } finally {
    call.end();
    busy.leave();
  }
}

/** The plugin's one call of `next`, and the time it takes for itself. */
class Call {
  answer: Promise<Reply> | null = null;
  /** The backend's reply, and what the plugin was given for it. */
  #original: Reply | null = null;
  #given: Reply | null = null;
  readonly late: Promise<never>;
  readonly #inner: () => Promise<Reply>;
  readonly #clock: Clock;
  #tooLate: (error: Error) => void = () => undefined;
  #cancel: () => void = () => undefined;
  #isOver = false;
  #failure: unknown = null;
  #isStarted = false;

  constructor(inner: () => Promise<Reply>, clock: Clock) {
    this.#inner = inner;
    this.#clock = clock;
    this.late = new Promise<never>((_resolve, reject) => {
      this.#tooLate = reject;
    });
    // Nobody may be racing any more when it rejects.
    this.late.catch(() => undefined);
    this.#startTime();
  }

  readonly next = (): Promise<Reply> => {
    if (this.answer !== null) return Promise.reject(new Error('next() was called a second time.'));
    if (this.#isOver) return Promise.reject(new Error('next() was called after the exchange went on.'));
    this.#cancel();
    this.answer = this.#inner();
    const given = this.answer.then(
      (reply) => {
        this.#startTime();
        return this.#give(reply);
      },
      (error: unknown) => {
        this.#failure = error;
        this.#startTime();
        throw error;
      },
    );
    // A plugin may answer without awaiting what it asked for.
    given.catch(() => undefined);
    return given;
  };

  /** What is sent: the backend's own object where the plugin passed it on, so the data path knows it again. */
  chosen(reply: Reply): Reply {
    const original = this.#original;
    if (original === null || this.#isStarted) return reply;
    if (reply === this.#given) return original;
    if (reply.body === this.#given?.body) return { ...reply, body: original.body };
    this.#leaveUnread();
    return reply;
  }

  isBackendFailure(error: unknown): boolean {
    return this.#failure !== null && (error === this.#failure || causeOf(error) === this.#failure);
  }

  withoutPlugin(): Promise<Reply> {
    if (this.answer !== null && this.#isStarted) {
      return Promise.reject(new Error('A plugin broke after it had begun to read the reply.'));
    }
    return this.answer ?? this.#inner();
  }

  end(): void {
    this.#isOver = true;
    this.#cancel();
  }

  #startTime(): void {
    if (this.#isOver) return;
    this.#cancel = this.#clock.after(policy.aroundMs, () => this.#tooLate(tooLong()));
  }

  /** A stream can be read once: whoever began to read it has to send it. */
  #give(reply: Reply): Reply {
    this.#original = reply;
    const { status, headers, body, isStreaming } = reply;
    this.#given = isStream(body) ? { status, headers, body: this.#noticed(body), isStreaming } : reply;
    return this.#given;
  }

  #noticed(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
    return {
      [Symbol.asyncIterator]: () => {
        this.#isStarted = true;
        return body[Symbol.asyncIterator]();
      },
    };
  }

  /** The plugin sends something else: the backend's stream is told that nobody will read it. */
  #leaveUnread(): void {
    const body = this.#original?.body;
    if (this.#isStarted || body === undefined || !isStream(body)) return;
    body[Symbol.asyncIterator]()
      .return?.()
      .catch(() => undefined);
  }
}

export function isStream(body: ReplyBody): body is AsyncIterable<Uint8Array> {
  return body !== null && typeof body === 'object' && Symbol.asyncIterator in body;
}

const causeOf = (error: unknown): unknown => (error instanceof Error ? error.cause : undefined);

const tooLong = (): Error =>
  new Error(`The around took longer than ${policy.aroundMs / 1000} s besides the backend's time.`);

/** A plugin in JavaScript has no compiler. */
export function assertReply(reply: Reply): void {
  const isReply =
    typeof reply === 'object' &&
    reply !== null &&
    Number.isInteger(reply.status) &&
    reply.status >= 200 &&
    reply.status <= 599 &&
    typeof reply.headers?.get === 'function';
  if (!isReply) throw new TypeError('The around answered with something that is not a reply.');
}
