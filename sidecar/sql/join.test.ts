import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { join, type Origin } from './join.ts';
import type { InFlight, InFlightExchange } from './statements.ts';

const trace = 'a'.repeat(32);
const plain: Origin = { traceId: null, isFreshText: true, affinity: null, values: () => [] };

describe('the join', () => {
  it('is exact by trace context, in flight or not', () => {
    const inFlight = flying(exchange('one', trace), exchange('two'));
    assert.deepEqual(said(join({ ...plain, traceId: trace }, inFlight)), ['exact', 'one', trace, ['one']]);
    const elsewhere = 'b'.repeat(32);
    assert.deepEqual(said(join({ ...plain, traceId: elsewhere }, inFlight)), ['exact', null, elsewhere, []]);
  });

  it("does not believe a prepared statement's old trace context", () => {
    const inFlight = flying(exchange('one'));
    const origin = { ...plain, traceId: 'c'.repeat(32), isFreshText: false };
    assert.deepEqual(said(join(origin, inFlight))[0], 'inferred');
  });

  it('is inferred from the only exchange in flight', () => {
    assert.deepEqual(said(join(plain, flying(exchange('one')))).slice(0, 2), ['inferred', 'one']);
  });

  it("is inferred from the transaction's exchange", () => {
    const affinity = join({ ...plain, traceId: trace }, flying(exchange('one', trace)));
    const joined = join({ ...plain, affinity }, flying(exchange('two'), exchange('three')));
    assert.deepEqual(said(joined).slice(0, 2), ['inferred', 'one']);
  });

  it('is inferred from a value that one request holds', () => {
    const inFlight = flying(exchange('one', trace, '17'), exchange('two', trace, '18'), exchange('three'));
    assert.deepEqual(said(join({ ...plain, values: () => ['x', '18'] }, inFlight)).slice(0, 2), [
      'inferred',
      'two',
    ]);
  });

  it('is ambiguous when several requests hold the value, and names those first', () => {
    const inFlight = flying(exchange('one', trace, '17'), exchange('two'), exchange('three', trace, '17'));
    assert.deepEqual(said(join({ ...plain, values: () => ['17'] }, inFlight)), [
      'ambiguous',
      null,
      null,
      ['three', 'one', 'two'],
    ]);
  });

  it('does not infer from values of one character', () => {
    const inFlight = flying(exchange('one', trace, '1'), exchange('two'));
    assert.equal(join({ ...plain, values: () => ['1'] }, inFlight).attribution, 'ambiguous');
  });

  it('names 32 candidates at most, the newest first', () => {
    const many = Array.from({ length: 100 }, (_, i) => exchange(`e${i}`));
    const { candidates } = join(plain, flying(...many));
    assert.equal(candidates.length, 32);
    assert.equal(candidates[0], 'e99');
  });

  it('is none when nothing is in flight', () => {
    assert.deepEqual(said(join(plain, flying())), ['none', null, null, []]);
  });
});

function said({ attribution, exchangeId, traceId, candidates }: ReturnType<typeof join>): readonly unknown[] {
  return [attribution, exchangeId, traceId, candidates];
}

function exchange(id: string, traceId = 'f'.repeat(32), ...values: readonly string[]): InFlightExchange {
  return { id, traceId, startedMs: 0, values: () => new Set(values) };
}

function flying(...exchanges: readonly InFlightExchange[]): InFlight {
  return {
    size: () => exchanges.length,
    byTrace: (traceId) => exchanges.find((each) => each.traceId === traceId),
    all: () => exchanges,
  };
}
