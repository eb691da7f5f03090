import { Worker } from 'node:worker_threads';
import { ChurnMap } from '../../shared/index.ts';
import type { WorkerAnswer, WorkerRequest } from './embedded-protocol.ts';
import { SqlFailure, type Row, type Sql } from './sql.ts';

/** Statements waiting for the one thread; more are refused at once. */
const maxWaiting = 1_000;
/** From the moment a statement is handed over until its answer, those before it included. */
const statementMs = 30_000;
/** Opening a database includes initialising it on a slow disk, and recovery after a crash. */
const openMs = 120_000;

export interface EmbeddedThread extends Sql {
  /** True when the thread has ended by itself: nothing is answered any more. */
  readonly isGone: boolean;
  close(): Promise<void>;
}

/** Opens the embedded PostgreSQL of a directory, creating it when it is empty, in a thread of its own. */
export async function startThread(directory: string): Promise<EmbeddedThread> {
  const worker = new Worker(new URL('./embedded-start.mjs', import.meta.url), { workerData: { directory } });
  const calls = answers(worker);
  try {
    await calls.wait(0, openMs);
  } catch (error) {
    await worker.terminate();
    throw error;
  }

  const ask = async (request: WorkerRequest): Promise<readonly Row[]> => {
    const answer = calls.wait(request.id, statementMs);
    worker.postMessage(request);
    return answer;
  };
  let lastId = 0;
  const newId = (): number => (lastId += 1);

  return {
    get isGone() {
      return calls.isGone();
    },
    query: (text, parameters = []) => ask({ id: newId(), kind: 'query', text, parameters }),
    async script(text) {
      await ask({ id: newId(), kind: 'script', text });
    },
    async close() {
      try {
        await ask({ id: newId(), kind: 'close' });
      } finally {
        await worker.terminate();
      }
    },
  };
}

interface Waiting {
  readonly resolve: (rows: readonly Row[]) => void;
  readonly reject: (error: unknown) => void;
  readonly late: NodeJS.Timeout;
}

/** Matches the thread's answers to the questions; a thread that dies answers all of them with its error. */
function answers(worker: Worker): {
  wait(id: number, limitMs: number): Promise<readonly Row[]>;
  isGone(): boolean;
} {
  const waiting = new ChurnMap<number, Waiting>();
  let gone: SqlFailure | null = null;

  const end = (failure: SqlFailure): void => {
    gone ??= failure;
    for (const { reject, late } of waiting.values()) {
      clearTimeout(late);
      reject(gone);
    }
    waiting.clear();
  };
  worker.on('error', (error) => end(new SqlFailure(`The embedded PostgreSQL broke: ${error.message}`)));
  worker.on('exit', () => end(new SqlFailure('The embedded PostgreSQL has stopped.')));
  worker.on('message', ({ id, rows, error }: WorkerAnswer) => {
    const found = waiting.get(id);
    if (!found) return;
    waiting.delete(id);
    clearTimeout(found.late);
    if (error) found.reject(new SqlFailure(error.message, error.sqlstate, error.detail));
    else found.resolve(rows ?? []);
  });

  return {
    isGone: () => gone !== null,
    async wait(id, limitMs) {
      if (gone) throw gone;
      if (waiting.size >= maxWaiting)
        throw new SqlFailure(`The embedded PostgreSQL has ${maxWaiting} statements waiting.`);
      return new Promise((resolve, reject) => {
        const late = setTimeout(() => {
          waiting.delete(id);
          reject(new SqlFailure(`The embedded PostgreSQL did not answer within ${limitMs / 1000} s.`));
        }, limitMs);
        waiting.set(id, { resolve, reject, late });
      });
    },
  };
}
