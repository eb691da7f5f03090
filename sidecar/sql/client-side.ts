import { endOfCString, fromClient, parameterTypes } from './messages.ts';
import { noteOf, traceIdOf } from './comments.ts';
import { FrameError, hopsOf } from './frames.ts';
import { join, unjoined, type Joined } from './join.ts';
import { noParameters, parameterTexts, type ParameterTexts } from './parameters.ts';
import { sentMax, type Sent, type SentKind } from './sent-queue.ts';
import { statementOf, type Portal, type Session, type Statement } from './session.ts';
import type { InFlight } from './statements.ts';
import { literalsOf } from './literals.ts';

/** Frames of the client that are never looked at: rows of a COPY. */
export const clientHops = hopsOf('d');

/** Understands what the client sends and keeps the session's queue and names. */
export class ClientSide {
  readonly #session: Session;
  readonly #inFlight: InFlight;

  constructor(session: Session, inFlight: InFlight) {
    this.#session = session;
    this.#inFlight = inFlight;
  }

  /** Takes one frame; returns its entry when it carries a statement to be executed: a Query or a Bind. */
  take(type: number, bytes: Buffer, start: number, end: number, isCut: boolean): Sent | null {
    switch (type) {
      case fromClient.execute:
        return this.#execute(bytes, start, end);
      case fromClient.bind:
        return this.#bind(bytes, start, end, isCut);
      case fromClient.sync:
        return this.#sync();
      case fromClient.query:
        return this.#query(bytes, start, end, isCut);
      case fromClient.parse:
        return this.#parse(bytes, start, end, isCut);
      case fromClient.describe:
        return this.#describe(bytes, start, end);
      case fromClient.close:
        return this.#close(bytes, start, end);
      case fromClient.functionCall:
        return this.#push(entry('call'));
      case fromClient.copyDone:
      case fromClient.copyFail:
        return this.#copyEnd();
      case fromClient.flush:
      case fromClient.copyData:
      case fromClient.terminate:
      case fromClient.authentication:
        return null;
      default:
        throw new FrameError(`A client sent a message of unknown type ${type}.`);
    }
  }

  /** Which exchange an execution belongs to; found once, when it is sent. */
  joinOf(statement: Statement, portal: Portal | null): Joined {
    if (portal?.joined) return portal.joined;
    const { affinity } = this.#session;
    const note = portal?.note ?? null;
    const traceId = note?.traceId ?? statement.traceId;
    if (traceId === null && affinity === null && this.#inFlight.size() === 0) return unjoined;
    const values = (): Iterable<string | null> => {
      const texts = portal ? textsOf(portal) : noParameters;
      return texts.length > 0 ? texts : literalsOf(statement.text);
    };
    const isFreshText = statement.uses === 0 || (note !== null && note.traceId !== null);
    const joined = join({ traceId, isFreshText, affinity, values }, this.#inFlight);
    statement.uses++;
    if (portal) portal.joined = joined;
    if (joined.exchangeId !== null) this.#session.affinity = joined;
    return joined;
  }

  #query(bytes: Buffer, start: number, end: number, isCut: boolean): Sent {
    const textEnd = endOfCString(bytes, start, end, isCut);
    const statement = statementOf(bytes.toString('utf8', start, textEnd));
    const sent = entry('query', { statement });
    if (this.#push(sent)) sent.joined = this.joinOf(statement, null);
    return sent;
  }

  #parse(bytes: Buffer, start: number, end: number, isCut: boolean): null {
    const nameEnd = endOfCString(bytes, start, end, isCut);
    const textEnd = endOfCString(bytes, Math.min(nameEnd + 1, end), end, isCut);
    const name = nameOf(bytes, start, nameEnd);
    const types = isCut ? [] : parameterTypes(bytes, textEnd + 1, end);
    const statement = statementOf(bytes.toString('utf8', Math.min(nameEnd + 1, end), textEnd), types);
    const { statements } = this.#session;
    const before = statements.get(name);
    if (this.#push(entry('parse', { statement, name, before }))) statements.set(name, statement);
    return null;
  }

  #bind(bytes: Buffer, start: number, end: number, isCut: boolean): Sent {
    const portalEnd = endOfCString(bytes, start, end, isCut);
    const nameStart = Math.min(portalEnd + 1, end);
    const nameEnd = endOfCString(bytes, nameStart, end, isCut);
    const name = nameOf(bytes, start, portalEnd);
    const { statements, portals, note } = this.#session;
    this.#session.note = null;
    const statement = statements.get(nameOf(bytes, nameStart, nameEnd)) ?? statementOf('');
    const portal: Portal = { statement, note, values: null, texts: null, joined: null };
    if (!isCut) keepValues(portal, bytes.subarray(nameEnd + 1, end));
    const sent = entry('bind', { statement, portal, name, isPortalName: true, before: portals.get(name) });
    if (this.#push(sent)) portals.set(name, portal);
    return sent;
  }

  #execute(bytes: Buffer, start: number, end: number): null {
    const name = nameOf(bytes, start, endOfCString(bytes, start, end, false));
    const portal = this.#session.portals.get(name) ?? null;
    const statement = portal?.statement ?? statementOf('');
    const sent = entry('execute', { statement, portal });
    if (this.#push(sent)) sent.joined = this.joinOf(statement, portal);
    return null;
  }

  #describe(bytes: Buffer, start: number, end: number): null {
    const name = nameOf(bytes, start + 1, endOfCString(bytes, start + 1, end, false));
    const portal = isPortalTarget(bytes, start) ? (this.#session.portals.get(name) ?? null) : null;
    const statement = isPortalTarget(bytes, start) ? portal?.statement : this.#session.statements.get(name);
    this.#push(entry('describe', { statement: statement ?? null, portal }));
    return null;
  }

  #close(bytes: Buffer, start: number, end: number): null {
    const name = nameOf(bytes, start + 1, endOfCString(bytes, start + 1, end, false));
    const isPortalName = isPortalTarget(bytes, start);
    const names = isPortalName ? this.#session.portals : this.#session.statements;
    const isSent = this.#push(entry('close', { name, isPortalName, before: names.get(name) })) !== null;
    if (!isSent) return null;
    names.delete(name);
    const tags = isPortalName ? null : noteOf(name);
    if (tags !== null) this.#session.note = { tags, traceId: traceIdOf(tags) };
    return null;
  }

  #sync(): null {
    const session = this.#session;
    if (session.isCopyingIn) return null;
    session.isSkipping = false;
    this.#push(entry('sync'));
    return null;
  }

  #copyEnd(): null {
    const session = this.#session;
    if (session.isCopyingIn) session.isCopyingIn = false;
    else if (session.sent.length > 0) this.#push(entry('copyEnd'));
    return null;
  }

  /** Null when the server will skip the message. */
  #push(sent: Sent): null | Sent {
    const { sent: queue, isSkipping, nowMs } = this.#session;
    sent.sentMs = nowMs;
    sent.isGone = isSkipping;
    if (isSkipping) return null;
    if (queue.length >= sentMax) throw new FrameError(`More than ${sentMax} messages wait for an answer.`);
    queue.push(sent);
    return sent;
  }
}

/** Bytes of one Bind that are copied; of longer ones the texts are made at once. */
const keptBytesMax = 4096;

/** The bytes are overwritten soon, and the types of the values may not be known yet. */
function keepValues(portal: Portal, bytes: Buffer): void {
  const values = { bytes, start: 0, end: bytes.length };
  if (bytes.length > keptBytesMax) portal.texts = parameterTexts(values, portal.statement.typeOids);
  else portal.values = { ...values, bytes: Buffer.from(bytes) };
}

/** The portal's parameters as text, decoded once. */
export function textsOf(portal: Portal): ParameterTexts {
  portal.texts ??= portal.values ? parameterTexts(portal.values, portal.statement.typeOids) : noParameters;
  return portal.texts;
}

function entry(kind: SentKind, more: Partial<Sent> = {}): Sent {
  return {
    kind,
    sentMs: 0,
    statement: more.statement ?? null,
    portal: more.portal ?? null,
    joined: null,
    name: more.name ?? '',
    isPortalName: more.isPortalName ?? false,
    before: more.before,
    parts: null,
    ended: 0,
    refusal: null,
    isGone: false,
  };
}

function isPortalTarget(bytes: Buffer, at: number): boolean {
  return bytes[at] === 0x50;
}

function nameOf(bytes: Buffer, start: number, end: number): string {
  return start >= end ? '' : bytes.toString('utf8', start, end);
}
