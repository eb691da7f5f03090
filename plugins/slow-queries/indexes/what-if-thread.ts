import { Worker } from 'node:worker_threads';
import { OutriderError } from '../../../shared/index.ts';
import type { WhatIfAnswer, WhatIfOpening, WhatIfRequest, WhatIfRow } from './what-if-protocol.ts';

/** Opening includes initialising the template on a slow disk, once. */
const openMs = 120_000;
const statementMs = 20_000;

/** The what-if database, asked one thing after another. */
export interface WhatIfThread {
  /** Rows of the last statement of a text. Rejects with PostgreSQL's own words. */
  query(text: string): Promise<readonly WhatIfRow[]>;
  resize(file: string, pages: number): Promise<void>;
  close(): Promise<void>;
}

/** An error of the what-if database itself: its words may hold values. */
export class WhatIfFailure extends Error {}

export async function startWhatIf(opening: WhatIfOpening): Promise<WhatIfThread> {
  const worker = new Worker(new URL('./what-if-start.mjs', import.meta.url), { workerData: opening });
  // It only computes; a process that is done need not wait for it.
  worker.unref();
  const waiting = new Map<number, (answer: WhatIfAnswer) => void>();
  let gone: string | null = null;
  let lastId = 0;
  const end = (reason: string): void => {
    gone ??= reason;
    for (const [id, tell] of waiting) tell({ id, error: gone });
    waiting.clear();
  };
  worker.on('error', (error) => end(`The what-if planner broke: ${error.message}`));
  worker.on('exit', () => end('The what-if planner has stopped.'));
  worker.on('message', (answer: WhatIfAnswer) => waiting.get(answer.id)?.(answer));

  const wait = (id: number, limitMs: number): Promise<readonly WhatIfRow[]> =>
    new Promise((resolve, reject) => {
      const done = (answer: WhatIfAnswer): void => {
        clearTimeout(late);
        waiting.delete(id);
        if (answer.error !== undefined) reject(new WhatIfFailure(answer.error));
        else resolve(answer.rows ?? []);
      };
      const late = setTimeout(
        () => done({ id, error: `The what-if planner did not answer within ${limitMs / 1000} s.` }),
        limitMs,
      );
      waiting.set(id, done);
      if (gone !== null) done({ id, error: gone });
    });
  // Left out: the id, which is given here.
  const ask = (request: Asked): Promise<readonly WhatIfRow[]> => {
    lastId += 1;
    const answer = wait(lastId, statementMs);
    worker.postMessage({ ...request, id: lastId } satisfies WhatIfRequest);
    return answer;
  };

  try {
    await wait(0, openMs);
  } catch (error) {
    await worker.terminate();
    throw new OutriderError('internal', 'The what-if planner could not be started.', { cause: error });
  }
  return {
    query: (text) => ask({ kind: 'query', text }),
    async resize(file, pages) {
      await ask({ kind: 'resize', file, pages });
    },
    async close() {
      try {
        await ask({ kind: 'close' });
      } finally {
        await worker.terminate();
      }
    },
  };
}

type Asked = WhatIfRequest extends infer Each ? (Each extends unknown ? Omit<Each, 'id'> : never) : never;
