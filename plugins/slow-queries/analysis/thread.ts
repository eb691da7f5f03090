import { Worker } from 'node:worker_threads';
import { OutriderError, type Database } from '../../../shared/index.ts';
import type { Investigated } from '../investigation.ts';
import type { AgreedAdvice, Analysis } from './analysis.ts';
import { outcomeOf, valueOf } from './outcome.ts';
import type { FromThread, Opening, Outcome, ToThread } from './protocol.ts';

/** One statement is explained within seconds; a workload of hundreds may take minutes on a busy machine. */
const usual = { investigateMs: 60_000, adviseMs: 10 * 60_000 };
/** More than may wait is refused: statements come oftener than they can be explained. */
const mostWaiting = 32;

type Asked = ToThread extends infer Each ? (Each extends { id: number } ? Omit<Each, 'id'> : never) : never;

/**
 * The analysis in a thread of its own, started when it is first needed. What breaks it or keeps it too long ends it with
 * all it had to do; the next question starts it anew. `start` is given by tests.
 */
export function analysisThread(
  database: Database,
  {
    start = startWorker(database),
    limits = usual,
  }: { readonly start?: () => Worker; readonly limits?: typeof usual } = {},
): Analysis {
  const waiting = new Map<number, (outcome: Outcome) => void>();
  let worker: Worker | null = null;
  let lastId = 0;

  const end = (reason: string): void => {
    void worker?.terminate();
    worker = null;
    for (const tell of waiting.values())
      tell({ ok: false, code: 'internal', detail: `The analysis ${reason}.` });
  };

  const begin = (): Worker => {
    const begun = start();
    // It only computes; a process that is done need not wait for it.
    begun.unref();
    const isCurrent = (): boolean => worker === begun;
    begun.on('error', () => isCurrent() && end('broke and is started again when asked'));
    begun.on('exit', () => isCurrent() && end('stopped and is started again when asked'));
    begun.on('message', (message: FromThread) => {
      if (message.kind === 'done') return waiting.get(message.id)?.(message.outcome);
      void outcomeOf(() => asked(database, message)).then((outcome) => {
        const { call } = message;
        if (isCurrent()) begun.postMessage({ kind: 'answer', call, outcome } satisfies ToThread);
      });
    });
    return begun;
  };

  const ask = (request: Asked, limitMs: number): Promise<unknown> => {
    if (waiting.size >= mostWaiting)
      return Promise.reject(new OutriderError('overloaded', 'Too much waits to be analysed.'));
    worker ??= begin();
    lastId += 1;
    const id = lastId;
    const done = new Promise<Outcome>((resolve) => {
      const late = setTimeout(() => end(`did not answer within ${limitMs / 1000} s`), limitMs);
      late.unref();
      waiting.set(id, (outcome) => {
        clearTimeout(late);
        waiting.delete(id);
        resolve(outcome);
      });
    });
    worker.postMessage({ ...request, id } satisfies ToThread);
    return done.then(valueOf);
  };

  return {
    // Safe in all three: the thread answers with what `Analysis` says, copied as it is.
    investigate: async (suspect) =>
      (await ask({ kind: 'investigate', suspect }, limits.investigateMs)) as Investigated,
    advise: async (statements, budgetBytes) =>
      (await ask({ kind: 'advise', statements, budgetBytes }, limits.adviseMs)) as AgreedAdvice,
    narrower: async (text, allColumns, unsent) =>
      (await ask({ kind: 'narrower', text, allColumns, unsent }, limits.investigateMs)) as string | null,
    async close() {
      const last = worker;
      end('was stopped');
      await last?.terminate();
    },
  };
}

const startWorker = (database: Database) => (): Worker =>
  new Worker(new URL('./analysis-start.mjs', import.meta.url), {
    workerData: { isAvailable: database.isAvailable } satisfies Opening,
  });

function asked(database: Database, message: Extract<FromThread, { kind: 'ask' }>): Promise<unknown> {
  const { method, given } = message;
  // Safe: the thread passes on what its own `Database` was called with, which has the same types.
  if (method === 'explain') return database.explain(...(given as Parameters<Database['explain']>));
  if (method === 'query') return database.query(...(given as Parameters<Database['query']>));
  return database.canTryIndexes();
}
