import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { OverFetch } from './over-fetch.ts';

const limits = { leastExchanges: 5, leastBytes: 4096 };
const statement = { fingerprint: 'f', text: 'select * from notes' };
const columns = [
  { name: 'id', bytes: 40 },
  { name: 'title', bytes: 200 },
  { name: 'body', bytes: 50_000 },
  { name: 'is_draft', bytes: 10 },
];

interface Given {
  readonly paths?: readonly string[];
  readonly bytes?: number;
  readonly rows?: number;
  readonly times?: number;
}

/** A list of notes whose rows were measured, and exchanges that replied with these keys. */
function after(...all: readonly Given[]) {
  const fetched = new OverFetch(limits);
  fetched.measured(statement, 10, columns);
  for (const { paths = ['id', 'title'], bytes = 600, rows = 10, times = 5 } of all)
    for (let time = 0; time < times; time += 1)
      fetched.exchange('GET /notes', { paths, bytes }, [{ fingerprint: 'f', rows }]);
  return fetched.of('f');
}

describe('over-fetch', () => {
  it('is told of columns that weigh and that no reply carries, with what they weigh', () => {
    const found = after({});
    assert.deepEqual(found?.unsent, [{ name: 'body', bytes: 5000 }]);
    assert.equal(found.unsentBytes, 50_000);
    assert.deepEqual([found.exchanges, found.routes, found.confidence], [5, ['GET /notes'], 'high']);
    assert.equal(found.isStar, true);
  });

  it('is not told before several exchanges agree', () => {
    assert.equal(after({ times: 4 }), null);
  });

  it('is not told once a single reply carries the column', () => {
    assert.equal(after({ times: 50 }, { paths: ['id', 'title', 'body'], bytes: 60_000, times: 1 }), null);
  });

  it('is not told where the replies are large enough to hold the column under another name', () => {
    assert.equal(after({ paths: ['id', 'title', 'content'], bytes: 52_000 }), null);
  });

  it('is told less surely where one reply might have held it', () => {
    assert.equal(after({ times: 9 }, { bytes: 52_000, times: 1 })?.confidence, 'fair');
  });

  it('is not told of a statement whose rows the reply is not made of: the code needs them', () => {
    assert.equal(after({ paths: ['token', 'expires'] }), null);
    assert.equal(after({ paths: ['id'] }), null);
  });

  it('is not told where it is mostly asked for what the code needs', () => {
    assert.equal(after({ times: 6 }, { paths: ['token'], times: 7 }), null);
  });

  it('is not told where little is read for nothing', () => {
    const fetched = new OverFetch(limits);
    fetched.measured(statement, 10, [...columns.slice(0, 2), { name: 'note', bytes: 300 }]);
    for (let time = 0; time < 9; time += 1)
      fetched.exchange('GET /', { paths: ['id', 'title'], bytes: 20 }, [{ fingerprint: 'f', rows: 10 }]);
    assert.equal(fetched.of('f'), null);
  });

  it('begins anew when the table has other columns', () => {
    const fetched = new OverFetch(limits);
    fetched.measured(statement, 10, columns);
    for (let time = 0; time < 9; time += 1)
      fetched.exchange('GET /', { paths: ['id', 'title'], bytes: 20 }, [{ fingerprint: 'f', rows: 10 }]);
    assert.notEqual(fetched.of('f'), null);
    fetched.measured(statement, 10, columns.slice(0, 3));
    assert.equal(fetched.of('f'), null);
  });
});
