import { tagComment, withComment } from './tags.ts';

/** What is told of a statement. */
export interface Notes {
  /** Tags of the line that called a function on the stack, ready to be written. */
  siteAbove(call: Query): string | null;
  traceparent(): string | null;
  /** Whether named statements are told of too. */
  readonly isNaming: boolean;
}

type Call = (this: never, ...args: never[]) => unknown;
export type Query = (this: object, query: unknown, ...rest: unknown[]) => unknown;

/** Carries what is known of a statement from the pool to the client that will send it. */
const noted = Symbol('outrider.note');
/** Shared by every copy of the probe in the process. */
const isPatched = Symbol.for('outrider.probe.patched');

interface Carrying {
  readonly text?: unknown;
  readonly name?: unknown;
  readonly submit?: unknown;
  readonly cursor?: { text?: unknown };
  readonly [noted]?: string;
}

/** Statements get a comment; those with a name, whose text must stay, a message of their own before they are bound. */
export function patchClient(exported: unknown, notes: Notes): void {
  const prototype = prototypeOf(exported);
  if (prototype === null || !takeOver(prototype)) return;
  let waiting: string | null = null;
  const ask = original(prototype, 'query');
  const pulse = original(prototype, '_pulseQueryQueue');
  if (ask === null) return;
  put(prototype, 'query', function query(this: object, asked: unknown, ...rest: unknown[]): unknown {
    const { argument, note } = annotated(asked, notes, query);
    waiting = note;
    try {
      return ask.call(this, argument, ...rest);
    } finally {
      waiting = null;
    }
  } satisfies Query);
  if (pulse === null || !notes.isNaming) return;
  // `query` puts its query at the end of the queue and pulses it, both before it returns.
  put(prototype, '_pulseQueryQueue', function (this: QueueOwner): unknown {
    if (waiting !== null) tellBeforeBind((this._queryQueue ?? this.queryQueue)?.at(-1), waiting);
    waiting = null;
    return pulse.call(this);
  });
}

/** libpq sends no messages of our own, so here named statements are told nothing of. */
export function patchNativeClient(exported: unknown, notes: Notes): void {
  patchClient(exported, { ...notes, isNaming: false });
}

/** A pool waits for a client: by then the caller is gone from the stack, and perhaps another request's context is current. */
export function patchPool(
  exported: unknown,
  notes: Notes & { bind<C extends (...args: never[]) => unknown>(call: C): C },
): void {
  const prototype = prototypeOf(exported);
  if (prototype === null || !takeOver(prototype)) return;
  const ask = original(prototype, 'query');
  const connect = original(prototype, 'connect');
  if (ask !== null)
    put(prototype, 'query', function query(this: object, asked: unknown, ...rest: unknown[]): unknown {
      return ask.call(this, carrying(asked, notes, query), ...rest);
    } satisfies Query);
  if (connect !== null)
    put(prototype, 'connect', function (this: object, call?: unknown): unknown {
      // Safe: a function is what it was found to be.
      return connect.call(this, typeof call === 'function' ? notes.bind(call as Call) : call);
    });
}

/** The argument with what is known of it; the text is changed by the client, which knows how it will be sent. */
function carrying(asked: unknown, notes: Notes, call: Query): unknown {
  const note = noteNow(notes, call);
  if (note === '') return asked;
  if (typeof asked === 'string') return { text: asked, [noted]: note };
  return isPlainQuery(asked) ? derived(asked, noted, note) : asked;
}

/** What the client is given instead, and what has to be told in another way. */
function annotated(
  asked: unknown,
  notes: Notes,
  call: Query,
): { readonly argument: unknown; readonly note: string | null } {
  if (typeof asked === 'string') {
    const note = noteNow(notes, call);
    const text = withComment(asked, note);
    return { argument: text ?? asked, note: text === null ? orNull(note) : null };
  }
  if (typeof asked !== 'object' || asked === null) return { argument: asked, note: null };
  const query: Carrying = asked;
  const note = query[noted] ?? noteNow(notes, call);
  if (typeof query.submit === 'function') return { argument: asked, note: submittable(query, note) };
  const text = hasName(query) || typeof query.text !== 'string' ? null : withComment(query.text, note);
  return text === null
    ? { argument: asked, note: orNull(note) }
    : { argument: derived(asked, 'text', text), note: null };
}

/** A cursor, a stream or a query object is used once, so its text is changed in place. */
function submittable(query: Carrying, note: string): string | null {
  // Safe: an object that submits itself belongs to whoever made it for this one call.
  const holder = (typeof query.cursor?.text === 'string' ? query.cursor : query) as { text?: unknown };
  const text = typeof holder.text === 'string' && !hasName(query) ? withComment(holder.text, note) : null;
  if (text === null) return hasName(query) ? orNull(note) : null;
  holder.text = text;
  return null;
}

/**
 * PostgreSQL answers a Close of a statement that does not exist as if it had (protocol-flow.html#PROTOCOL-FLOW-EXT-QUERY), in
 * any state of a transaction; the tap reads the name as the tags of the statement that is bound next.
 */
function tellBeforeBind(query: unknown, note: string): void {
  if (typeof query !== 'object' || query === null || !('prepare' in query)) return;
  const { prepare } = query;
  if (typeof prepare !== 'function') return;
  query.prepare = function (this: unknown, connection: { close?(message: object): void }): unknown {
    try {
      connection.close?.({ type: 'S', name: note });
    } catch {
      // The statement goes out without it.
    }
    return prepare.call(this, connection);
  };
}

interface QueueOwner {
  readonly _queryQueue?: readonly unknown[];
  readonly queryQueue?: readonly unknown[];
}

/** Empty when there is nothing to tell, also when telling fails: the statement goes out as it is. */
function noteNow(notes: Notes, call: Query): string {
  try {
    return tagComment(notes.siteAbove(call), notes.traceparent());
  } catch {
    return '';
  }
}

/** The user's object stays as it is: it may be a constant that many callers share. */
function derived(query: object, key: string | symbol, value: string): object {
  return Object.create(query, { [key]: { value, writable: true, enumerable: true, configurable: true } });
}

const orNull = (note: string): string | null => (note === '' ? null : note);
const hasName = ({ name }: Carrying): boolean => typeof name === 'string' && name !== '';
const isPlainQuery = (asked: unknown): asked is object =>
  typeof asked === 'object' && asked !== null && !('submit' in asked);

type Prototype = Record<string | symbol, unknown>;

function prototypeOf(exported: unknown): Prototype | null {
  if (typeof exported !== 'function') return null;
  // Safe: a constructor's prototype is an object; what is on it is looked at for what it is.
  return exported.prototype as Prototype;
}

function original(
  prototype: Prototype,
  name: string,
): ((this: object, ...args: unknown[]) => unknown) | null {
  const found = prototype[name];
  // Safe: a function is what it was found to be.
  return typeof found === 'function' ? (found as (this: object, ...args: unknown[]) => unknown) : null;
}

/** As methods of a class are. */
function put(prototype: Prototype, name: string, value: unknown): void {
  Object.defineProperty(prototype, name, { value, writable: true, configurable: true, enumerable: false });
}

/** False when another copy of the probe was here before. */
function takeOver(prototype: Prototype): boolean {
  if (Object.hasOwn(prototype, isPatched)) return false;
  Object.defineProperty(prototype, isPatched, { value: true });
  return true;
}
