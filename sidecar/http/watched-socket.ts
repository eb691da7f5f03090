import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';
import { closeFrame } from './frame-head.ts';
import { FrameFollower } from './frame-follower.ts';
import { MessageScreen, type Refusal } from './message-screen.ts';
import type { MessageWatch } from './pipeline.ts';

type Done = (error?: Error | null) => void;

/**
 * A client's socket as the tunnel sees it while guards screen its messages. What comes out of it has passed them; what
 * goes in reaches the client as it is, followed frame by frame, so that a Close of our own can stand between two.
 */
export class WatchedSocket extends Duplex {
  private readonly socket: Socket;
  private readonly reference: string;
  private readonly onRefused: (refusal: Refusal) => void;
  private readonly screen: MessageScreen;
  private readonly toClient = new FrameFollower();
  private refusal: Refusal | null = null;
  private isReading = false;
  private isTaking = false;
  private isUpgraded = false;
  private isHeadSent = false;
  private isCloseSent = false;

  /** `reference` is the id both sides are told when a message is refused. */
  constructor(socket: Socket, watch: MessageWatch, reference: string, onRefused: (refusal: Refusal) => void) {
    super();
    this.socket = socket;
    this.reference = reference;
    this.onRefused = onRefused;
    this.screen = new MessageScreen(watch, {
      pass: (bytes) => void this.push(bytes),
      refuse: (refusal) => this.refuse(refusal),
    });
    socket.on('close', () => this.destroy());
  }

  /** The backend agreed; its reply's head is written next, and then frames, if it agreed to a WebSocket. */
  upgraded(protocol: string | undefined): void {
    this.isUpgraded = protocol?.toLowerCase() === 'websocket';
    if (!this.isUpgraded) this.screen.stop();
  }

  override _read(): void {
    if (!this.isReading) this.startReading();
    else if (!this.isTaking) this.socket.resume();
  }

  private startReading(): void {
    this.isReading = true;
    this.socket.on('data', (piece: Buffer) => this.receive(piece));
    this.socket.on('end', () => this.endReading());
  }

  private receive(piece: Buffer): void {
    // Read to the end all the same: bytes left unread would reset the connection before the client sees our Close.
    if (this.refusal !== null) return;
    this.isTaking = true;
    this.socket.pause();
    this.screen.take(piece).then(
      () => this.received(),
      (error: Error) => this.destroy(error),
    );
  }

  private received(): void {
    this.isTaking = false;
    if (this.refusal !== null || this.readableLength < this.readableHighWaterMark) this.socket.resume();
  }

  private endReading(): void {
    if (this.refusal === null) this.push(null);
  }

  override _write(piece: Buffer, _encoding: BufferEncoding, done: Done): void {
    if (!this.isHeadSent || !this.isUpgraded) {
      this.isHeadSent = true;
      return this.send(piece, done);
    }
    if (this.refusal === null) {
      this.toClient.follow(piece);
      return this.send(piece, done);
    }
    if (!this.isCloseSent) this.finishFrame(piece);
    done();
  }

  /** With room in the socket the next piece may come at once. */
  private send(piece: Buffer, done: Done): void {
    if (this.socket.destroyed || this.socket.write(piece)) done();
    else this.socket.once('drain', done);
  }

  override _final(done: Done): void {
    this.socket.end();
    done();
  }

  override _destroy(error: Error | null, done: Done): void {
    this.socket.destroy();
    done(error);
  }

  private refuse(refusal: Refusal): void {
    this.refusal = refusal;
    this.push(this.closeFrame(randomBytes(4)));
    if (this.toClient.isBetween) this.closeClient();
    this.onRefused(refusal);
  }

  /** The backend was in the middle of a frame when a message was refused. */
  private finishFrame(piece: Buffer): void {
    let end = 0;
    while (end < piece.length && !this.toClient.isBetween) end = this.toClient.frameEnd(piece, end);
    this.socket.write(piece.subarray(0, end));
    if (this.toClient.isBetween) this.closeClient();
  }

  private closeClient(): void {
    this.isCloseSent = true;
    this.socket.end(this.closeFrame(null));
  }

  private closeFrame(mask: Uint8Array | null): Buffer {
    const { closeCode = 1008, code = 'guard_denied' } = this.refusal ?? {};
    return closeFrame(closeCode, `${code}, reference ${this.reference}`, mask);
  }

  // What http-proxy asks of a socket, besides a stream.

  setTimeout(ms: number): this {
    this.socket.setTimeout(ms);
    return this;
  }

  setNoDelay(isOn: boolean): this {
    this.socket.setNoDelay(isOn);
    return this;
  }

  setKeepAlive(isOn: boolean, delayMs: number): this {
    this.socket.setKeepAlive(isOn, delayMs);
    return this;
  }

  destroySoon(): void {
    this.end(() => this.socket.destroySoon());
  }
}
