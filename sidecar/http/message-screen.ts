import { errorTable, type Denied, type ErrorCode } from '../../shared/index.ts';
import { ByteBuffer } from './byte-buffer.ts';
import {
  FrameHeadReader,
  Opcode,
  applyMask,
  isControl,
  maskFrom,
  writtenHead,
  wrongWith,
  type FrameHead,
} from './frame-head.ts';
import type { MessageWatch } from './pipeline.ts';

/** Where a screen's bytes go. */
export interface ScreenExit {
  pass(bytes: Uint8Array): void;
  /** Ends the connection for both sides; nothing passes afterwards. */
  refuse(refusal: Refusal): void;
}

export interface Refusal {
  /** RFC 6455 §7.4.1. */
  readonly closeCode: 1002 | 1007 | 1008;
  readonly code: ErrorCode;
  /** Goes to the log. */
  readonly reason: string;
}

type State = 'screening' | 'blind' | 'over';
/** The message the frames are part of: none, one held back for its verdict, or one that passes as it comes. */
type Message = 'none' | 'held' | 'passing';

/**
 * Reads what a client sends over a WebSocket, frame by frame. A text message is held back, at most as much as guards
 * want to see, until they have decided; it then leaves in one frame, or in two where it is longer: without extensions
 * a fragment means nothing, so whoever is in between may join them (RFC 6455 §5.4). All else passes as it came.
 */
export class MessageScreen {
  private readonly watch: MessageWatch;
  private readonly exit: ScreenExit;
  private readonly reader = new FrameHeadReader();
  private state: State = 'screening';
  private message: Message = 'none';
  private head: FrameHead | null = null;
  private payloadLeft = 0;
  private held = new ByteBuffer();
  private mask: Uint8Array = new Uint8Array(4);

  constructor(watch: MessageWatch, exit: ScreenExit) {
    this.watch = watch;
    this.exit = exit;
  }

  /** Lets everything pass from here on: the backend speaks another protocol. */
  stop(): void {
    if (this.state === 'screening') this.state = 'blind';
  }

  /** Takes bytes of the client; resolves when it can take more. Never rejects. */
  async take(piece: Buffer): Promise<void> {
    for (let at = 0; at < piece.length;) {
      if (this.state === 'over') return;
      if (this.state === 'blind') return this.exit.pass(piece.subarray(at));
      if (this.head === null) at = this.takeHead(piece, at);
      if (this.head === null || this.state !== 'screening') continue;
      const end = at + Math.min(this.payloadLeft, piece.length - at);
      await this.takePayload(this.head, piece.subarray(at, end));
      at = end;
    }
  }

  private takeHead(piece: Buffer, from: number): number {
    const at = this.reader.take(piece, from);
    const head = this.reader.done();
    if (head === null) return at;
    const wrong = wrongWith(head, this.message !== 'none');
    if (wrong !== null) this.onMalformed(wrong, head.bytes);
    else this.begin(head);
    return at;
  }

  private begin(head: FrameHead): void {
    this.head = head;
    this.payloadLeft = head.payloadBytes;
    if (isControl(head)) return this.exit.pass(head.bytes);
    if (head.opcode === Opcode.text) this.hold(head);
    if (head.opcode === Opcode.binary) this.message = 'passing';
    if (this.message === 'passing') this.exit.pass(head.bytes);
  }

  private hold({ mask }: FrameHead): void {
    this.message = 'held';
    this.held = new ByteBuffer();
    this.mask = mask ?? this.mask;
  }

  private async takePayload(head: FrameHead, bytes: Buffer): Promise<void> {
    if (isControl(head) || this.message === 'passing') {
      this.payloadLeft -= bytes.length;
      if (bytes.length > 0) this.exit.pass(bytes);
    } else await this.takeHeld(head, bytes);
    if (this.state === 'screening' && this.payloadLeft === 0) await this.end(head);
  }

  /** Keeps what fits; when there is more, that much decides and the rest follows as it comes. */
  private async takeHeld(head: FrameHead, bytes: Buffer): Promise<void> {
    const room = Math.max(0, this.watch.maxBytes - this.held.size);
    const fitting = Buffer.from(bytes.subarray(0, room));
    if (head.mask) applyMask(fitting, head.mask, head.payloadBytes - this.payloadLeft);
    this.held.append(fitting);
    this.payloadLeft -= fitting.length;
    if (bytes.length <= room) return;
    if (!(await this.mayPass(true))) return;
    this.sendHeld(false);
    this.message = 'passing';
    const done = head.payloadBytes - this.payloadLeft;
    const mask = head.mask && maskFrom(head.mask, done);
    this.exit.pass(writtenHead(Opcode.continuation, head.isFinal, mask, this.payloadLeft));
    const rest = bytes.subarray(room);
    this.payloadLeft -= rest.length;
    this.exit.pass(rest);
  }

  private async end(head: FrameHead): Promise<void> {
    this.head = null;
    // After its Close a client may send nothing more (RFC 6455 §5.5.1), so nothing more passes.
    if (head.opcode === Opcode.close) this.state = 'over';
    if (isControl(head) || !head.isFinal) return;
    if (this.message === 'held' && (await this.mayPass(false))) this.sendHeld(true);
    this.message = 'none';
  }

  private sendHeld(isFinal: boolean): void {
    const payload = Buffer.from(this.held.view());
    applyMask(payload, this.mask);
    this.exit.pass(Buffer.concat([writtenHead(Opcode.text, isFinal, this.mask, payload.length), payload]));
    this.held = new ByteBuffer();
  }

  private async mayPass(isTruncated: boolean): Promise<boolean> {
    const text = decoded(this.held.view(), isTruncated, true);
    if (text === null && this.watch.isEnforced) {
      this.refuse({ closeCode: 1007, code: 'frames_malformed', reason: 'text that is not UTF-8' });
      return false;
    }
    const verdict = await this.watch.check(
      text ?? decoded(this.held.view(), isTruncated, false) ?? '',
      isTruncated,
    );
    if (verdict.allow) return true;
    this.refuse(refusalOf(verdict));
    return false;
  }

  /** Where nothing may change for the traffic, what cannot be read is left to the backend. */
  private onMalformed(wrong: string, bytes: Buffer): void {
    if (this.watch.isEnforced)
      return this.refuse({ closeCode: 1002, code: 'frames_malformed', reason: wrong });
    if (this.message === 'held') this.sendHeld(false);
    this.state = 'blind';
    this.exit.pass(bytes);
  }

  private refuse(refusal: Refusal): void {
    if (this.state === 'over') return;
    this.state = 'over';
    this.held = new ByteBuffer();
    this.exit.refuse(refusal);
  }
}

function refusalOf({ code, reason }: Denied): Refusal {
  return { closeCode: 1008, code, reason: reason === '' ? errorTable[code].title : reason };
}

/** As text; null when it is not UTF-8 and `isStrict`. Of a cut text the last character may be missing. */
function decoded(bytes: Uint8Array, isCut: boolean, isStrict: boolean): string | null {
  try {
    const decoder = new TextDecoder('utf-8', { fatal: isStrict, ignoreBOM: true });
    return decoder.decode(bytes, { stream: isCut });
  } catch {
    return null;
  }
}
