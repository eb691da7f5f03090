import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { headersFrom, reply } from './exchange.ts';

describe('headers', () => {
  const headers = headersFrom([
    ['Set-Cookie', 'a=1'],
    ['set-cookie', 'b=2'],
    ['Vary', 'accept'],
  ]);

  it('are found in any case, every line of them', () => {
    assert.deepEqual(headers.all('SET-COOKIE'), ['a=1', 'b=2']);
    assert.equal(headers.get('vary'), 'accept');
    assert.equal(headers.get('etag'), undefined);
  });

  it('keep their order and spelling', () => {
    assert.deepEqual(
      [...headers].map(([name]) => name),
      ['Set-Cookie', 'set-cookie', 'Vary'],
    );
  });
});

describe('a reply', () => {
  it('streams when its body comes piece by piece', () => {
    const pieces = (async function* () {
      yield new Uint8Array([1]);
    })();
    assert.equal(reply(200, {}, pieces).isStreaming, true);
    assert.equal(reply(200, {}, 'x').isStreaming, false);
    assert.equal(reply(204, {}, null).isStreaming, false);
  });
});
