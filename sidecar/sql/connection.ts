import type { Socket } from 'node:net';
import { cutText } from './completions.ts';
import { ClientSide, clientHops, textsOf } from './client-side.ts';
import { Direction } from './direction.ts';
import { guardParameters, noParameters } from './parameters.ts';
import type { Decision } from './held-frames.ts';
import { receiveFrom } from './reading.ts';
import { messageThatFails, refusalResponse } from './refusal.ts';
import { ResultMeter, type MeterAllowance } from './result-meter.ts';
import type { Sent } from './sent-queue.ts';
import type { Upstream } from './upstream.ts';
import { ServerSide, serverHops } from './server-side.ts';
import { Session, statementOf, type Execution, type SessionFacts } from './session.ts';
import type { Shapes } from './shapes.ts';
import type { InFlight, StatementPipeline } from './statements.ts';
import type { SqlVerdict } from '../../shared/index.ts';

export interface ConnectionOptions {
  readonly client: Socket;
  readonly upstream: Upstream;
  readonly facts: SessionFacts;
  /** False for replication: bytes are passed and never looked at. */
  readonly isDecoded: boolean;
  readonly decodeBytes: number;
  readonly statements: StatementPipeline;
  readonly inFlight: InFlight;
  readonly shapes: Shapes;
  readonly allowance: MeterAllowance;
  readonly ended: (execution: Execution) => void;
  readonly wentOpaque: (why: string) => void;
  readonly nowMs: () => number;
}

/** While guarded, frames up to this length are looked at whole; of longer ones the guards see the beginning. */
const guardedBytesMax = 16 * 1024 * 1024;

/** A client and its own connection to PostgreSQL, joined byte for byte, and what is understood of them. */
export class Connection {
  readonly session: Session;
  isOpaque: boolean;
  readonly #options: ConnectionOptions;
  readonly #clientSide: ClientSide;
  readonly #toServer: Direction;
  readonly #toClient: Direction;
  #refused = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.session = new Session(options.facts);
    this.isOpaque = !options.isDecoded;
    this.#clientSide = new ClientSide(this.session, options.inFlight);
    this.#toServer = this.#clientDirection();
    this.#toClient = this.#serverDirection();
    if (this.isOpaque) this.#passOnly();
    this.#tieEnds();
  }

  /** Begins to relay, with the bytes that arrived before the connection to PostgreSQL was there. */
  begin(first: Buffer): void {
    const { client, upstream } = this.#options;
    if (first.length > 0) this.#toServer.push(first);
    receiveFrom(client)(
      (bytes) => this.#toServer.push(bytes),
      () => upstream.socket.writableLength > 0,
    );
    upstream.receive(
      (bytes) => this.#toClient.push(bytes),
      () => client.writableLength > 0,
    );
    client.resume();
  }

  #clientDirection(): Direction {
    const { client, decodeBytes, statements } = this.#options;
    const upstream = this.#options.upstream.socket;
    const side = this.#clientSide;
    return new Direction({
      source: client,
      target: upstream,
      rules: { hops: clientHops, maxBytes: decodeBytes },
      take: (type, bytes, start, end, isCut) => void side.take(type, bytes, start, end, isCut),
      held: {
        rules: { hops: clientHops, maxBytes: Math.max(decodeBytes, guardedBytesMax) },
        decide: (type, bytes, start, end, isCut) => this.#decide(side.take(type, bytes, start, end, isCut)),
      },
      isHeld: () => statements.isGuarded(),
      arrived: () => this.#readClock(),
      failed: (error) => this.#fail(error),
    });
  }

  #serverDirection(): Direction {
    const { client, decodeBytes, ended } = this.#options;
    const upstream = this.#options.upstream.socket;
    const hops = serverHops.slice();
    const side = new ServerSide({
      session: this.session,
      meter: new ResultMeter(hops, this.#options.allowance),
      ended,
      joinOf: (statement, portal) => this.#clientSide.joinOf(statement, portal),
      takeRows: () => this.#toClient.takeHopped(),
    });
    const rules = { hops, maxBytes: decodeBytes };
    return new Direction({
      source: upstream,
      target: client,
      rules,
      take: (type, bytes, start, end, isCut) => void side.take(type, bytes, start, end, isCut),
      held: {
        rules,
        decide: (type, bytes, start, end, isCut) => side.take(type, bytes, start, end, isCut),
      },
      isHeld: () => this.session.refusalsPending > 0,
      arrived: () => this.#readClock(),
      failed: (error) => this.#fail(error),
    });
  }

  #readClock(): void {
    this.session.nowMs = this.#options.nowMs();
  }

  /** Asks the guards about a frame that carries a statement. */
  #decide(sent: Sent | null): Decision | Promise<Decision> {
    if (!sent) return null;
    const verdict = this.#options.statements.check(this.#attemptOf(sent));
    if (!(verdict instanceof Promise)) return this.#judged(sent, verdict);
    return verdict.then((late) => {
      sent.sentMs = this.#options.nowMs();
      return this.#judged(sent, late);
    });
  }

  #attemptOf(sent: Sent): Parameters<StatementPipeline['check']>[0] {
    const { portal } = sent;
    const statement = sent.statement ?? statementOf('');
    const { text } = statement;
    const joined = sent.joined ?? this.#clientSide.joinOf(statement, portal);
    return {
      text,
      fingerprint: this.#options.shapes.of(cutText(text)).fingerprint,
      parameters: guardParameters(portal ? textsOf(portal) : noParameters),
      database: this.#options.facts.database,
      user: this.#options.facts.user,
      exchangeId: joined.exchangeId,
      attribution: joined.attribution,
      candidateExchangeIds: joined.candidates,
    };
  }

  #judged(sent: Sent, verdict: SqlVerdict): Decision {
    if (verdict.allow) return null;
    const { connection } = this.#options.facts;
    const reference =
      sent.portal?.joined?.exchangeId ?? sent.joined?.exchangeId ?? `sql-${connection}-${++this.#refused}`;
    if (!sent.isGone) {
      sent.refusal = refusalResponse(verdict.reason, reference);
      this.session.refusalsPending++;
    }
    return messageThatFails(sent.kind, reference);
  }

  #fail(error: unknown): void {
    if (this.isOpaque) return;
    this.isOpaque = true;
    this.#passOnly();
    this.#options.wentOpaque(error instanceof Error ? error.message : String(error));
  }

  #passOnly(): void {
    this.#toServer.goOpaque();
    this.#toClient.goOpaque();
  }

  #tieEnds(): void {
    const { client } = this.#options;
    const upstream = this.#options.upstream.socket;
    client.on('error', () => upstream.destroySoon());
    upstream.on('error', () => client.destroySoon());
    client.on('close', () => upstream.destroySoon());
    upstream.on('close', () => client.destroySoon());
  }
}
