import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { bucketOf, emptyBuckets } from '../../shared/index.ts';
import { OpenTransactions } from './diagnose/open-transactions.ts';
import { PlanShapes } from './plan-shapes.ts';
import { Regressions } from './regressions.ts';
import { Thresholds } from './thresholds.ts';

const row = (count: number, ms: number) => {
  const buckets = emptyBuckets();
  buckets[bucketOf(ms)] = count;
  return { fingerprint: 'f', text: 'select 1', count, buckets };
};

describe('a p95 that leaves its own history', () => {
  const usual = (): Regressions => {
    const regressions = new Regressions({ factor: 3, leastCalls: 20, leastMs: 20 });
    for (let window = 0; window < 10; window += 1) {
      regressions.add(row(50, 10));
      assert.deepEqual(regressions.close(), { slower: [], recovered: [] });
    }
    return regressions;
  };

  it('is told once, and again when it is over', () => {
    const regressions = usual();
    regressions.add(row(50, 200));
    assert.equal(regressions.close().slower[0]?.fingerprint, 'f');
    regressions.add(row(50, 200));
    assert.deepEqual(regressions.close(), { slower: [], recovered: [] });
    regressions.add(row(50, 10));
    assert.deepEqual(regressions.close(), { slower: [], recovered: ['f'] });
  });

  it('needs enough calls and more than a few milliseconds', () => {
    const regressions = usual();
    regressions.add(row(5, 5000));
    assert.deepEqual(regressions.close().slower, []);
    regressions.add(row(50, 14));
    assert.deepEqual(regressions.close().slower, []);
  });

  it('becomes the new history in the end', () => {
    const regressions = usual();
    let recovered: readonly string[] = [];
    for (let window = 0; window < 100; window += 1) {
      regressions.add(row(50, 200));
      recovered = [...recovered, ...regressions.close().recovered];
    }
    assert.deepEqual(recovered, ['f']);
  });
});

describe('thresholds', () => {
  const item = (fingerprint: string, durationMs: number, exchangeId: string | null = 'e') => ({
    fingerprint,
    durationMs,
    exchangeId,
  });

  it('are of a fingerprint, else of the route, else general', () => {
    const thresholds = new Thresholds({
      thresholdMs: 1000,
      fingerprints: { f: 50 },
      routes: { 'GET /a': 100 },
    });
    assert.equal(thresholds.statement(item('f', 60)).length, 1);
    assert.equal(thresholds.statement(item('g', 120)).length, 0);
    assert.equal(thresholds.finished('e', 'GET /a').length, 1);
    assert.equal(thresholds.statement(item('g', 120)).length, 1, 'told after its exchange');
    thresholds.statement(item('g', 120, 'e2'));
    assert.equal(thresholds.finished('e2', 'GET /b').length, 0);
    assert.equal(thresholds.statement(item('g', 1200, null)).length, 1);
  });
});

describe('plans', () => {
  it('are new when what they do differs, not when their figures do', () => {
    const plans = new PlanShapes();
    const scan = { 'Node Type': 'Seq Scan', 'Relation Name': 'users', 'Plan Rows': 5 };
    assert.equal(plans.seen('f', { root: scan, totalCost: 9 })?.before, null);
    assert.equal(plans.seen('f', { root: { ...scan, 'Plan Rows': 7 }, totalCost: 11 }), null);
    const change = plans.seen('f', { root: { ...scan, 'Node Type': 'Index Scan' }, totalCost: 2 });
    assert.equal(change?.before?.totalCost, 9);
  });
});

describe('a transaction that stands open', () => {
  it('is told by the pause before its next statement, on its own connection', () => {
    const transactions = new OpenTransactions();
    const step = (connection: number, startedMs: number, transaction: 'I' | 'T') =>
      transactions.step({ connection, fingerprint: 'f', text: 'x', durationMs: 10, transaction }, startedMs);
    assert.equal(step(1, 0, 'I'), null);
    assert.equal(step(2, 100, 'I'), null);
    assert.equal(step(1, 2010, 'T')?.gapMs, 2000);
    assert.equal(step(1, 9000, 'I'), null);
  });
});
