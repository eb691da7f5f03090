import type { Joined } from './join.ts';
import type { Portal, Statement } from './session.ts';

/** Messages of the client that the server answers, one kind each; `copyEnd` marks CopyDone and CopyFail. */
export type SentKind =
  'query' | 'parse' | 'bind' | 'describe' | 'execute' | 'close' | 'sync' | 'call' | 'copyEnd';

/** One message on its way, in the order in which the server will answer. */
export interface Sent {
  readonly kind: SentKind;
  sentMs: number;
  readonly statement: Statement | null;
  readonly portal: Portal | null;
  joined: Joined | null;
  /** The name defined or closed, and what it stood for before: put back when the server skips the message. */
  readonly name: string;
  readonly isPortalName: boolean;
  readonly before: Statement | Portal | undefined;
  /** Statements of a simple Query, once it is clear that there are several, and how many have ended. */
  parts: readonly Statement[] | null;
  ended: number;
  /** The ErrorResponse the client gets in place of the server's. */
  refusal: Buffer | null;
  /** True once the server has answered it, or never will. */
  isGone: boolean;
}

/** More unanswered messages than any driver pipelines; beyond, the connection is not decoded any more. */
export const sentMax = 100_000;

/** A queue without shifting of arrays. */
export class SentQueue {
  #entries: Sent[] = [];
  #first = 0;

  get length(): number {
    return this.#entries.length - this.#first;
  }

  get head(): Sent | undefined {
    return this.#entries[this.#first];
  }

  push(entry: Sent): void {
    this.#entries.push(entry);
  }

  shift(): void {
    const entry = this.#entries[this.#first];
    if (!entry) return;
    entry.isGone = true;
    this.#first++;
    if (this.#first === this.#entries.length) {
      this.#entries.length = 0;
      this.#first = 0;
    } else if (this.#first > 1024 && this.#first * 2 > this.#entries.length) {
      this.#entries = this.#entries.slice(this.#first);
      this.#first = 0;
    }
  }

  /** Takes everything before the next Sync out; `isSynced` tells whether there is one. */
  takeUntilSync(): { readonly taken: readonly Sent[]; readonly isSynced: boolean } {
    const taken: Sent[] = [];
    for (let head = this.head; head; head = this.head) {
      if (head.kind === 'sync') return { taken, isSynced: true };
      taken.push(head);
      this.shift();
    }
    return { taken, isSynced: false };
  }

  /**
   * Forgets the Syncs that PostgreSQL ignores while the head copies in, and the mark of the copy's end; true when
   * that end was sent already.
   */
  dropSyncsOfCopy(): boolean {
    const rest = this.#entries.slice(this.#first + 1);
    const end = rest.findIndex(({ kind }) => kind === 'copyEnd');
    const during = end < 0 ? rest : rest.slice(0, end);
    const after = end < 0 ? [] : rest.slice(end + 1);
    const head = this.#entries.slice(this.#first, this.#first + 1);
    this.#entries = [...head, ...during.filter(({ kind }) => kind !== 'sync'), ...after];
    this.#first = 0;
    return end >= 0;
  }
}
