import { Worker } from 'node:worker_threads';
import { Fifo } from '../fifo.ts';
import { systemClock, type Clock } from '../plugins/clock.ts';
import type { Shape } from './shape.ts';
import type { ShapeAnalyst } from './shapes.ts';

/** What the thread says: that it has begun, then one answer for each shape, in order. */
export type FromShapeThread = 'ready' | Shape;

export interface ShapeThread extends ShapeAnalyst {
  /** Resolves when the thread has begun; or with false when it has not within so many milliseconds. */
  begun(limitMs: number): Promise<boolean>;
  close(): Promise<void>;
  /** False while it is started, at first or again. */
  readonly isReady: boolean;
  /** How often it broke, or hung, and was started anew. */
  readonly restarts: number;
}

export interface ShapeThreadOptions {
  /** The thread broke; it is started again. */
  readonly broke: (why: string) => void;
  readonly start?: () => Worker;
  readonly clock?: Clock;
}

/** New shapes that may wait: a program that makes names of its values fills them in a moment. */
const mostWaiting = 1_024;
/** One shape takes milliseconds at most; a thread that answers nothing for so long is ended. */
const hungMs = 5_000;
/** A thread that breaks as soon as it begins is started again this late, and twice as late each time. */
const firstRestartMs = 50;
const lastRestartMs = 30_000;

interface Asked {
  readonly shape: string;
  readonly tell: (found: Shape | null) => void;
}

/**
 * PostgreSQL's parser in a thread of its own, so that the thread that relays parses nothing. When it breaks or hangs, the
 * shape it was at is answered with null and is not asked again; the others wait for the thread that is started in its place.
 */
export function shapeThread({
  broke,
  start = startWorker,
  clock = systemClock,
}: ShapeThreadOptions): ShapeThread {
  const waiting = new Fifo<Asked>();
  let worker: Worker | null = null;
  let isReady = false;
  let isClosed = false;
  let restarts = 0;
  let answers = 0;
  let restartMs = firstRestartMs;
  let isWatched = false;
  let beginnings: (() => void)[] = [];

  function begin(): void {
    if (isClosed) return;
    const begun = start();
    worker = begun;
    isReady = false;
    // It only computes; a process that is done need not wait for it.
    begun.unref();
    begun.on('error', (error) => worker === begun && end(String(error)));
    begun.on('exit', (code) => worker === begun && end(`It ended with code ${code}.`));
    begun.on('message', (message: FromShapeThread) => {
      if (worker !== begun) return;
      if (message === 'ready') ready(begun);
      else answer(message);
    });
  }

  function ready(begun: Worker): void {
    isReady = true;
    for (const { shape } of waiting) begun.postMessage(shape);
    beginnings.forEach((call) => call());
    beginnings = [];
  }

  function answer(found: Shape | null): void {
    answers += 1;
    if (found !== null) restartMs = firstRestartMs;
    waiting.shift()?.tell(found);
  }

  /** A thread that had not begun was at no shape. */
  function end(why: string): void {
    const wasReady = isReady;
    void worker?.terminate();
    worker = null;
    isReady = false;
    if (isClosed) return;
    restarts += 1;
    broke(why);
    if (wasReady) answer(null);
    clock.after(restartMs, begin);
    restartMs = Math.min(2 * restartMs, lastRestartMs);
  }

  function watch(): void {
    if (isWatched) return;
    isWatched = true;
    const before = answers;
    clock.after(hungMs, () => {
      isWatched = false;
      if (waiting.length === 0) return;
      if (isReady && answers === before) end(`It answered nothing for ${hungMs / 1000} s.`);
      watch();
    });
  }

  begin();
  return {
    ask(shape, tell) {
      if (waiting.length >= mostWaiting || isClosed) return false;
      waiting.push({ shape, tell });
      if (isReady) worker?.postMessage(shape);
      watch();
      return true;
    },
    begun: (limitMs) =>
      isReady
        ? Promise.resolve(true)
        : new Promise((resolve) => {
            const cancel = clock.after(limitMs, () => resolve(false));
            beginnings.push(() => {
              cancel();
              resolve(true);
            });
          }),
    async close() {
      isClosed = true;
      waiting.clear();
      await worker?.terminate();
    },
    get isReady() {
      return isReady;
    },
    get restarts() {
      return restarts;
    },
  };
}

const startWorker = (): Worker => new Worker(new URL('./shape-start.mjs', import.meta.url));
