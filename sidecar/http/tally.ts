import type { Outcome } from './pipeline.ts';

/** Counts what passes during one exchange. */
export class Tally {
  private readonly startedMs: number;
  status = 0;
  requestBytes = 0;
  replyBytes = 0;
  isStreaming = false;
  isUpgrade = false;
  private firstByteMs: number | null = null;
  private lastChunkMs = 0;
  private chunkCount = 0;
  private longestGapMs = 0;

  constructor(startedMs: number) {
    this.startedMs = startedMs;
  }

  get hasReply(): boolean {
    return this.firstByteMs !== null;
  }

  /** The reply's first byte leaves. */
  begin(status: number, bodyBytes: number, nowMs: number): void {
    this.status = status;
    this.firstByteMs = nowMs - this.startedMs;
    this.lastChunkMs = nowMs;
    this.replyBytes = bodyBytes;
    if (bodyBytes > 0) this.chunkCount = 1;
  }

  /** A further piece of the reply leaves. */
  add(bodyBytes: number, nowMs: number): void {
    if (bodyBytes === 0) return;
    this.replyBytes += bodyBytes;
    this.chunkCount += 1;
    const gapMs = nowMs - this.lastChunkMs;
    if (gapMs > this.longestGapMs) this.longestGapMs = gapMs;
    this.lastChunkMs = nowMs;
  }

  /** How it ended; `error` is a code of the table, or `client_gone`. */
  outcome(error: string | null, nowMs: number): Outcome {
    return {
      status: this.status,
      durationMs: nowMs - this.startedMs,
      firstByteMs: this.firstByteMs,
      requestBytes: this.requestBytes,
      replyBytes: this.replyBytes,
      isStreaming: this.isStreaming,
      isUpgrade: this.isUpgrade,
      chunkCount: this.chunkCount,
      longestGapMs: this.longestGapMs,
      error,
    };
  }
}
