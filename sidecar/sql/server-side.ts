import { FrameError, hopsOf } from './frames.ts';
import type { Joined } from './join.ts';
import { fromServer, parameterTypes, serverError, type ServerError } from './messages.ts';
import type { NameTable } from './name-table.ts';
import type { Sent } from './sent-queue.ts';
import { statementOf, type Execution, type Portal, type Session, type Statement } from './session.ts';
import { columnNames, type ResultMeter } from './result-meter.ts';
import { splitStatements } from './split.ts';

/** Frames of the server that are counted and passed by their length: rows, and rows of a COPY. */
export const serverHops = hopsOf('Dd');

export interface ServerSideOptions {
  readonly session: Session;
  readonly ended: (execution: Execution) => void;
  readonly joinOf: (statement: Statement, portal: Portal | null) => Joined;
  /** Rows hopped over since the last call. */
  readonly takeRows: () => number;
  readonly meter: ResultMeter;
}

/** Matches the server's answers to what the client sent, and tells of each execution that ended. */
export class ServerSide {
  readonly #session: Session;
  readonly #options: ServerSideOptions;

  constructor(options: ServerSideOptions) {
    this.#session = options.session;
    this.#options = options;
  }

  /** Takes one frame; returns what the client gets in its place, null for the frame itself. */
  take(type: number, bytes: Buffer, start: number, end: number, isCut: boolean): Buffer | null {
    switch (type) {
      case fromServer.commandComplete:
        this.#complete(bytes.toString('latin1', start, end - 1));
        return null;
      case fromServer.readyForQuery:
        this.#ready(bytes[start]);
        return null;
      case fromServer.error:
        return this.#failed(serverError(bytes, start, end, isCut));
      case fromServer.parseComplete:
        return this.#answered('parse');
      case fromServer.bindComplete:
        this.#bound();
        return null;
      case fromServer.closeComplete:
        return this.#answered('close');
      case fromServer.parameterDescription:
        this.#described(bytes, start, end);
        return null;
      case fromServer.rowDescription:
        this.#columns(bytes, start, end, isCut);
        return null;
      case fromServer.dataRow:
        this.#options.meter.row(bytes, start, end);
        return null;
      case fromServer.noData:
        return this.#answered('describe');
      case fromServer.emptyQuery:
        if (this.#head()?.kind === 'execute') this.#session.sent.shift();
        return null;
      case fromServer.portalSuspended:
        this.#suspended();
        return null;
      case fromServer.copyInResponse:
        this.#copyIn();
        return null;
      default:
        return this.#expected(type);
    }
  }

  /** Messages that change nothing here, some of which come at any time. */
  #expected(type: number): null {
    if (uneventful.has(type)) return null;
    throw new FrameError(`The server sent a message of unknown type ${type}.`);
  }

  #head(): Sent | undefined {
    const { sent } = this.#session;
    // PostgreSQL ignores the end of a copy that failed before it began.
    while (sent.head?.kind === 'copyEnd') sent.shift();
    return sent.head;
  }

  #answered(kind: Sent['kind']): null {
    if (this.#head()?.kind !== kind) throw new FrameError(`The server answered a ${kind} that was not sent.`);
    this.#session.sent.shift();
    return null;
  }

  /** Drivers that described a statement once are told of its columns no more, so they are remembered. */
  #bound(): void {
    const names = this.#head()?.statement?.columns ?? null;
    this.#answered('bind');
    const { meter } = this.#options;
    if (names !== null && meter.mayBegin(this.#session.nowMs)) meter.begin(names);
  }

  #columns(bytes: Buffer, start: number, end: number, isCut: boolean): void {
    const head = this.#head();
    const { meter } = this.#options;
    if (head?.kind === 'describe' && head.portal === null) {
      if (head.statement) head.statement.columns ??= columnNames(bytes, start, end, isCut);
    } else if (meter.mayBegin(this.#session.nowMs)) meter.begin(columnNames(bytes, start, end, isCut));
    if (head?.kind === 'describe') this.#session.sent.shift();
  }

  #described(bytes: Buffer, start: number, end: number): void {
    const statement = this.#head()?.statement;
    if (statement) statement.typeOids = parameterTypes(bytes, start, end);
  }

  #complete(tag: string): void {
    const head = this.#head();
    if (head?.kind !== 'query' && head?.kind !== 'execute')
      throw new FrameError('The server completed a command that was not sent.');
    const statement = partOf(head, null);
    this.#end(head, statement, { tag, isPartial: false, error: null });
    applyTag(this.#session, tag, statement.text);
    if (head.kind === 'execute') this.#session.sent.shift();
    else head.ended++;
  }

  #suspended(): void {
    const head = this.#head();
    if (head?.kind !== 'execute')
      throw new FrameError('The server suspended a portal that was not executed.');
    this.#end(head, partOf(head, null), { tag: '', isPartial: true, error: null });
    this.#session.sent.shift();
  }

  #failed(error: ServerError): Buffer | null {
    const session = this.#session;
    session.isCopyingIn = false;
    const head = this.#head();
    if (!session.isAuthenticated || !head || head.kind === 'sync') return null;
    const isRefusal = head.refusal !== null && error.severity === 'ERROR';
    if (head.kind === 'query' || head.kind === 'call') {
      if (head.kind === 'query' && !isRefusal)
        this.#end(head, partOf(head, error), { tag: '', isPartial: false, error });
    } else this.#failedExtended(error, isRefusal);
    if (session.transaction === 'T') session.transaction = 'E';
    return isRefusal ? head.refusal : null;
  }

  /** PostgreSQL now ignores everything up to the Sync; names that were to change keep what they stood for. */
  #failedExtended(error: ServerError, isRefusal: boolean): void {
    const session = this.#session;
    const { taken, isSynced } = session.sent.takeUntilSync();
    session.isSkipping = !isSynced;
    for (let i = taken.length - 1; i >= 0; i--) undo(session, taken[i]);
    session.refusalsPending -= taken.filter(({ refusal }) => refusal !== null).length;
    const [head] = taken;
    if (isRefusal || !head || head.kind === 'close' || !head.statement) return;
    const execution = taken.find(({ kind, statement }) => kind === 'execute' && statement === head.statement);
    this.#end({ ...(execution ?? head), sentMs: head.sentMs }, head.statement, {
      tag: '',
      isPartial: false,
      error,
    });
  }

  #copyIn(): void {
    if (this.#head()) this.#session.isCopyingIn = !this.#session.sent.dropSyncsOfCopy();
  }

  #ready(status: number | undefined): void {
    const session = this.#session;
    // What was described and not executed has no rows.
    this.#options.meter.end();
    session.transaction = status === 0x54 ? 'T' : status === 0x45 ? 'E' : 'I';
    if (session.transaction === 'I') session.affinity = null;
    if (!session.isAuthenticated) {
      session.isAuthenticated = true;
      return;
    }
    const head = this.#head();
    if (head?.kind !== 'sync' && head?.kind !== 'query' && head?.kind !== 'call')
      throw new FrameError('The server is ready for a query although nothing asked it to be.');
    if (head.refusal) session.refusalsPending--;
    session.sent.shift();
    this.#head();
  }

  #end(head: Sent, statement: Statement, how: Pick<Execution, 'tag' | 'isPartial' | 'error'>): void {
    const session = this.#session;
    const { nowMs, completedMs, transaction } = session;
    session.completedMs = nowMs;
    const result = this.#options.meter.end();
    this.#options.ended({
      statement,
      portal: head.portal,
      joined: head.joined ?? this.#options.joinOf(statement, head.portal),
      startedMs: Math.max(head.sentMs, completedMs),
      endedMs: nowMs,
      rowsSeen: this.#options.takeRows() + (result?.rows ?? 0),
      result: how.error === null ? result : null,
      transaction,
      session,
      ...how,
    });
  }
}

const uneventful: ReadonlySet<number> = new Set([
  fromServer.authentication,
  fromServer.backendKeyData,
  fromServer.copyDone,
  fromServer.copyOutResponse,
  fromServer.functionCallResponse,
  fromServer.negotiateProtocol,
  fromServer.notice,
  fromServer.notification,
  fromServer.parameterStatus,
]);

/** The statement of a simple Query that the server is at. */
function partOf(head: Sent, error: ServerError | null): Statement {
  const whole = head.statement ?? statementOf('');
  if (head.kind !== 'query') return whole;
  head.parts ??= partsOf(whole);
  // PostgreSQL parses the whole text before it executes any of it.
  const isOfAll = head.ended === 0 && error?.sqlstate === '42601';
  return isOfAll ? whole : (head.parts[head.ended] ?? whole);
}

function partsOf(whole: Statement): readonly Statement[] {
  const semicolon = whole.text.indexOf(';');
  if (semicolon < 0 || semicolon === whole.text.length - 1) return [whole];
  const texts = splitStatements(whole.text);
  return texts.length < 2 ? [whole] : texts.map((text) => ({ ...whole, text, known: null }));
}

function undo(session: Session, sent: Sent | undefined): void {
  if (!sent || !(sent.kind === 'parse' || sent.kind === 'bind' || sent.kind === 'close')) return;
  // Safe: `before` was read from the very map that it is put back to.
  const names = (sent.isPortalName ? session.portals : session.statements) as NameTable<unknown>;
  const made = sent.kind === 'parse' ? sent.statement : sent.kind === 'bind' ? sent.portal : undefined;
  if (names.get(sent.name) !== made) return;
  if (sent.before === undefined) names.delete(sent.name);
  else names.set(sent.name, sent.before);
}

/** What a completed command does to the transaction and to the names of prepared statements. */
function applyTag(session: Session, tag: string, text: string): void {
  switch (tag) {
    case 'BEGIN':
    case 'START TRANSACTION':
      session.transaction = 'T';
      return;
    case 'COMMIT':
      session.transaction = 'I';
      return;
    case 'DISCARD ALL':
    case 'DEALLOCATE ALL':
      session.statements.clear();
      return;
    case 'DEALLOCATE':
      session.statements.delete(sqlName(/\bDEALLOCATE\s+(?:PREPARE\s+)?("(?:[^"]|"")+"|[\w$]+)/i.exec(text)));
      return;
    case 'PREPARE':
      definePrepared(session, text);
      return;
    default:
  }
}

/** `PREPARE name (types) AS statement` shares its names with the protocol's Parse. */
function definePrepared(session: Session, text: string): void {
  const found = /\bPREPARE\s+("(?:[^"]|"")+"|[\w$]+)\s*(?:\([^)]*\))?\s*AS\s+([\s\S]+)/i.exec(text);
  if (found) session.statements.set(sqlName(found), statementOf(found[2] ?? ''));
}

function sqlName(found: RegExpExecArray | null): string {
  const name = found?.[1] ?? '';
  return name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
}
