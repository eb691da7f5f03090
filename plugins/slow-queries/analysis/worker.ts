import { parentPort, workerData } from 'node:worker_threads';
import type { Database, ExplainedPlan } from '../../../shared/index.ts';
import { analysisHere } from './analysis.ts';
import { outcomeOf, valueOf } from './outcome.ts';
import type { DatabaseMethod, FromThread, Opening, Outcome, ToThread } from './protocol.ts';

/** The analysis in its own thread; the application's database is asked through the thread that started it. */
if (!parentPort) throw new Error('This file runs in a worker thread.');
const port = parentPort;
// Safe: only `thread.ts` starts this file, with this.
const { isAvailable } = workerData as Opening;

const asked = new Map<number, (outcome: Outcome) => void>();
let lastCall = 0;

async function ask(method: DatabaseMethod, given: readonly unknown[]): Promise<unknown> {
  lastCall += 1;
  const call = lastCall;
  const answered = new Promise<Outcome>((resolve) => asked.set(call, resolve));
  port.postMessage({ kind: 'ask', call, method, given } satisfies FromThread);
  return valueOf(await answered);
}

const database: Database = {
  isAvailable,
  // Safe in all three: the host's database gave exactly this, and it was copied as it is.
  explain: async (...given) => (await ask('explain', given)) as ExplainedPlan,
  canTryIndexes: async () => (await ask('canTryIndexes', [])) as boolean,
  query: async <Row>(...given: readonly unknown[]) => (await ask('query', given)) as readonly Row[],
};
const analysis = analysisHere(database);

async function work(request: Exclude<ToThread, { readonly kind: 'answer' }>): Promise<void> {
  const outcome = await outcomeOf(() => answer(request));
  port.postMessage({ kind: 'done', id: request.id, outcome } satisfies FromThread);
}

function answer(request: Exclude<ToThread, { readonly kind: 'answer' }>): Promise<unknown> {
  if (request.kind === 'investigate') return analysis.investigate(request.suspect);
  if (request.kind === 'advise') return analysis.advise(request.statements, request.budgetBytes);
  return analysis.narrower(request.text, request.allColumns, request.unsent);
}

port.on('message', (message: ToThread) => {
  if (message.kind !== 'answer') return void work(message);
  asked.get(message.call)?.(message.outcome);
  asked.delete(message.call);
});
