import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto';
import { connect, type Socket } from 'node:net';
import { frame, FrameReader, hopsOf } from './frames.ts';
import { serverError, type ServerError } from './messages.ts';
import { int32, string } from './transcript.ts';
import { until } from './tap-under-test.ts';

/** One message of the server as tests look at it. */
export interface Received {
  readonly type: string;
  readonly payload: Buffer;
}

/** A client that sends exactly what a test says: pipelines, halves of frames, garbage. */
export class RawClient {
  readonly socket: Socket;
  readonly received: Received[] = [];
  isClosed = false;
  readonly #reader = new FrameReader({ hops: hopsOf(''), maxBytes: 1e8 }, (type, bytes, start, end) =>
    this.received.push({ type: String.fromCharCode(type), payload: Buffer.from(bytes.subarray(start, end)) }),
  );

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1' });
    this.socket.on('data', (chunk: Buffer) => this.#reader.push(chunk));
    this.socket.on('error', () => undefined);
    this.socket.on('close', () => (this.isClosed = true));
  }

  send(...bytes: readonly Buffer[]): void {
    this.socket.write(Buffer.concat(bytes));
  }

  /** Logs in with SCRAM-SHA-256 (RFC 7677) over a protocol version such as 0x30000 or 0x30002. */
  async login(
    url: string,
    options: { readonly version?: number; readonly more?: readonly string[] } = {},
  ): Promise<void> {
    const { username, password, pathname } = new URL(url);
    const fields = ['user', username, 'database', pathname.slice(1), ...(options.more ?? []), ''];
    const body = Buffer.concat([int32(options.version ?? 0x30000), ...fields.map(string)]);
    this.send(int32(body.length + 4), body);
    await this.#scram(password);
    await this.ready();
  }

  /** Resolves with what came up to the next ReadyForQuery, as letters. */
  async ready(count = 1): Promise<string> {
    const readies = (): number => this.received.filter(({ type }) => type === 'Z').length;
    await until(() => readies() >= count || this.isClosed, `ReadyForQuery of the server`);
    return this.take();
  }

  /** The types of all messages so far, with the state for ReadyForQuery; forgets them. */
  take(): string {
    return this.received
      .splice(0)
      .map(({ type, payload }) => (type === 'Z' ? `Z${payload.toString()}` : type))
      .join(' ');
  }

  errors(): readonly ServerError[] {
    return this.received
      .filter(({ type }) => type === 'E')
      .map(({ payload }) => serverError(payload, 0, payload.length, false));
  }

  end(): void {
    this.send(frame('X'));
    this.socket.end();
  }

  async #scram(password: string): Promise<void> {
    const nonce = randomBytes(12).toString('base64');
    const firstBare = `n=,r=${nonce}`;
    await this.#authentication(10);
    const first = Buffer.from(`n,,${firstBare}`);
    this.send(frame('p', string('SCRAM-SHA-256'), int32(first.length), first));
    const serverFirst = await this.#authentication(11);
    const {
      r = '',
      s = '',
      i = '',
    } = Object.fromEntries(serverFirst.split(',').map((part) => [part[0] ?? '', part.slice(2)]));
    const salted = pbkdf2Sync(password, Buffer.from(s, 'base64'), Number(i), 32, 'sha256');
    const clientKey = createHmac('sha256', salted).update('Client Key').digest();
    const storedKey = createHash('sha256').update(clientKey).digest();
    const withoutProof = `c=biws,r=${r}`;
    const signature = createHmac('sha256', storedKey)
      .update([firstBare, serverFirst, withoutProof].join(','))
      .digest();
    const proof = clientKey.map((byte, index) => byte ^ (signature[index] ?? 0));
    this.send(frame('p', Buffer.from(`${withoutProof},p=${Buffer.from(proof).toString('base64')}`)));
  }

  async #authentication(code: number): Promise<string> {
    const asked = (): Received | undefined =>
      this.received.find(({ type, payload }) => type === 'R' && payload.readInt32BE(0) === code);
    await until(() => asked() !== undefined || this.isClosed, `authentication message ${code}`);
    return asked()?.payload.toString('latin1', 4) ?? '';
  }
}
