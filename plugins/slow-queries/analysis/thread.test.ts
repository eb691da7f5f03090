import assert from 'node:assert/strict';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, it } from 'mocha';
import type { Database } from '../../../shared/index.ts';
import type { Analysis } from './analysis.ts';
import { analysisThread } from './thread.ts';

const asked: string[] = [];
const database: Database = {
  isAvailable: true,
  explain: () => Promise.reject(new Error('not here')),
  canTryIndexes: () => Promise.resolve(false),
  query<Row>(text: string): Promise<readonly Row[]> {
    asked.push(text);
    // Safe: the thread below only passes it on.
    return Promise.resolve([{ one: 1 }] as unknown as readonly Row[]);
  },
};

const suspect = { fingerprint: 'f', text: 'select 1', parameters: [], execution: null };
const limits = { investigateMs: 300, adviseMs: 300 };

/** Threads that do what each of these says, one after the other. */
function threads(...scripts: readonly string[]): () => Worker {
  let next = 0;
  return () => {
    const body = scripts[Math.min(next, scripts.length - 1)] ?? '';
    next += 1;
    return new Worker(`const { parentPort: port } = require('node:worker_threads'); ${body}`, { eval: true });
  };
}
const answering = `port.on('message', ({ id }) => port.postMessage({ kind: 'done', id, outcome: { ok: true, value: { kind: 'unexplained', reason: 'fine' } } }));`;

describe('analysis in a thread of its own', () => {
  let analysis: Analysis;
  afterEach(() => analysis.close());

  it('is started anew after it broke, and says so to whoever waited', async () => {
    const start = threads(`port.on('message', () => process.exit(1));`, answering);
    analysis = analysisThread(database, { start });
    await assert.rejects(analysis.investigate(suspect), /stopped and is started again/);
    assert.deepEqual(await analysis.investigate(suspect), { kind: 'unexplained', reason: 'fine' });
  });

  it('is ended when it takes too long', async () => {
    analysis = analysisThread(database, {
      start: threads(`port.on('message', () => {});`, answering),
      limits,
    });
    await assert.rejects(analysis.investigate(suspect), /did not answer within 0.3 s/);
    assert.deepEqual(await analysis.investigate(suspect), { kind: 'unexplained', reason: 'fine' });
  });

  it('takes no more than may wait', async () => {
    analysis = analysisThread(database, { start: threads(`port.on('message', () => {});`) });
    const waiting = Array.from({ length: 32 }, () => analysis.investigate(suspect));
    const ended = Promise.allSettled(waiting);
    await assert.rejects(analysis.investigate(suspect), { code: 'overloaded' });
    await analysis.close();
    assert.ok((await ended).every(({ status }) => status === 'rejected'));
  });

  it('asks the database through the thread that started it', async () => {
    const script = `port.on('message', (message) => message.kind === 'answer'
      ? port.postMessage({ kind: 'done', id: 1, outcome: { ok: true, value: message.outcome.value } })
      : port.postMessage({ kind: 'ask', call: 7, method: 'query', given: ['select one'] }));`;
    analysis = analysisThread(database, { start: threads(script) });
    assert.deepEqual(await analysis.investigate(suspect), [{ one: 1 }]);
    assert.ok(asked.includes('select one'));
  });
});
