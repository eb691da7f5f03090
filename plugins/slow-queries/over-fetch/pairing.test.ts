import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { Pairing } from './pairing.ts';

const reply = { paths: ['id'], bytes: 9 };
const asked = [{ fingerprint: 'f', rows: 1 }];

describe('exchanges whose reply is looked at', () => {
  it('are one a second of each route', () => {
    const pairing = new Pairing();
    assert.deepEqual(
      [0, 10, 999, 1000].map((nowMs) => pairing.wants(`x${nowMs}`, 'GET /a', nowMs)),
      [true, false, false, true],
    );
    assert.equal(pairing.wants('y', 'GET /b', 10), true);
  });

  it('are fewer where there was nothing to see, up to one a minute', () => {
    const pairing = new Pairing();
    pairing.wants('x', 'GET /a', 0);
    for (let times = 0; times < 20; times += 1) pairing.seen('GET /a', false);
    assert.equal(pairing.wants('y', 'GET /a', 1000), true);
    assert.equal(pairing.wants('z', 'GET /a', 60_999), false);
    assert.equal(pairing.wants('z', 'GET /a', 61_000), true);
  });

  it('come together in either order, and are let go of when they do not', () => {
    const pairing = new Pairing();
    for (const [place, id] of ['a', 'b', 'c'].entries()) pairing.wants(id, `GET /${id}`, place);
    pairing.replied('a', reply);
    pairing.asked('a', asked);
    pairing.asked('b', asked);
    assert.deepEqual(pairing.take(100), [{ route: 'GET /a', reply, asked }]);
    pairing.replied('b', reply);
    assert.deepEqual(pairing.take(200), [{ route: 'GET /b', reply, asked }]);
    assert.deepEqual(pairing.take(40_000), []);
    pairing.asked('c', asked);
    pairing.replied('c', reply);
    assert.deepEqual(pairing.take(40_000), []);
  });

  it('are bounded', () => {
    const pairing = new Pairing();
    const wanted = Array.from({ length: 1000 }, (_, n) => pairing.wants(`x${n}`, `GET /${n}`, 0));
    assert.equal(wanted.filter(Boolean).length, 100);
  });
});
