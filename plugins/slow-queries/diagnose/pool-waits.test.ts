import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Executed } from './connection-use.ts';
import { PoolWaits } from './pool-waits.ts';

const ran = (
  connection: number,
  exchangeId: string,
  startedMs: number,
  durationMs: number,
  more: Partial<Executed> = {},
): Executed => ({
  exchangeId,
  connection,
  database: 'app',
  user: 'app',
  fingerprint: 'f',
  text: `select ${exchangeId}`,
  startedMs,
  durationMs,
  rows: 1,
  transaction: 'I',
  ...more,
});

/** What is told of exchange `late`, which arrived at 1000 and asked its first question at 3000, on connection 1. */
function told(others: readonly Executed[], own: readonly Executed[] = [ran(1, 'late', 3005, 20)]) {
  const waits = new PoolWaits(500);
  for (const each of [...others, ...own]) waits.statement(each, each.startedMs);
  waits.exchange('late', 'GET /late', 3100, 2100);
  return waits.take(20_000);
}

describe('waiting for a connection', () => {
  it('is told when all were held by others and one was just given back', () => {
    const [wait] = told([ran(1, 'a', 900, 2100), ran(2, 'b', 800, 3000)]);
    assert.equal(wait?.connections, 2);
    assert.ok(wait.busyMs >= 1990);
    assert.deepEqual([wait.route, wait.text, wait.heldBy], ['GET /late', 'select late', 'select a']);
  });

  it('counts a connection as held while its transaction is open, whatever runs in it', () => {
    const open = [ran(1, 'a', 900, 10), ran(1, 'a', 2950, 50, { transaction: 'T' })];
    assert.equal(told([...open, ran(2, 'b', 800, 3000)]).length, 1);
  });

  it('is not told when a connection was free', () => {
    assert.deepEqual(told([ran(1, 'a', 900, 2100), ran(2, 'b', 800, 100)]), []);
  });

  it('is not told when the backend worked before it asked: its connection had long been free', () => {
    assert.deepEqual(told([ran(1, 'a', 900, 1000), ran(2, 'b', 800, 3000)]), []);
  });

  it('is not told of one connection, which says nothing of a pool', () => {
    assert.deepEqual(told([ran(1, 'a', 900, 2100)]), []);
  });

  it('is told of one connection when the backend answered somebody else meanwhile', () => {
    const waits = new PoolWaits(500);
    for (const each of [ran(1, 'a', 900, 2100), ran(1, 'late', 3005, 20)])
      waits.statement(each, each.startedMs);
    waits.exchange('ping', 'GET /ping', 1500, 10);
    waits.exchange('late', 'GET /late', 3100, 2100);
    assert.equal(waits.take(20_000)[0]?.connections, 1);
  });

  it('is not told of a gap inside its own transaction', () => {
    const own = [ran(3, 'late', 1010, 5), ran(3, 'late', 3005, 20, { transaction: 'T' })];
    assert.deepEqual(told([ran(1, 'a', 900, 2100), ran(2, 'b', 800, 3000)], own), []);
  });

  it('keeps pools of other users apart', () => {
    const of = { user: 'reports' };
    assert.deepEqual(told([ran(1, 'a', 900, 2100, of), ran(2, 'b', 800, 3000, of)]), []);
  });

  it('is known of as many statements as the ring holds, and of no older ones', () => {
    const waits = new PoolWaits(500);
    waits.statement(ran(1, 'early', 0, 1), 0);
    for (let count = 0; count < 8_191; count += 1) waits.statement(ran(1, 'other', 10, 1), 10);
    waits.statement(ran(1, 'late', 20, 1, { rows: 7 }), 20);
    assert.deepEqual(waits.exchange('early', 'GET /early', 30, 30), []);
    assert.deepEqual(waits.exchange('late', 'GET /late', 30, 10), [ran(1, 'late', 20, 1, { rows: 7 })]);
    assert.deepEqual(waits.exchange('late', 'GET /late', 30, 10), []);
  });

  it('is judged only when those that held connections were heard of', () => {
    const waits = new PoolWaits(500);
    waits.statement(ran(1, 'late', 3005, 20), 3005);
    waits.exchange('late', 'GET /late', 3100, 2100);
    assert.deepEqual(waits.take(4_000), []);
    for (const each of [ran(1, 'a', 900, 2100), ran(2, 'b', 800, 9000)])
      waits.statement(each, each.startedMs);
    assert.equal(waits.take(13_200).length, 1);
  });
});
