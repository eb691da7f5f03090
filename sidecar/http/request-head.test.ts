import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { maxFields } from './head-parser.ts';
import { parseRequestHead, type RequestHead } from './request-head.ts';

function parse(text: string): ReturnType<typeof parseRequestHead> {
  return parseRequestHead(Buffer.from(text, 'latin1'), 0);
}

function parsed(text: string): RequestHead {
  const request = parse(text);
  if (typeof request === 'string') throw new Error(`${request}: ${JSON.stringify(text)}`);
  return request;
}

const usual =
  'POST /a?b=c HTTP/1.1\r\nHost: shop.example:8080\r\nX-Empty:\r\nX-Padded:  \t a b \t \r\nContent-Length: 12\r\n' +
  'Cookie: a=1\r\nX-Wide: \xe9\r\ncookie: b=2\r\n\r\n';

describe('a request head', () => {
  it('is read into method, target, host, length and fields', () => {
    const request = parsed(usual);
    assert.equal(request.method, 'POST');
    assert.equal(request.target, '/a?b=c');
    assert.equal(request.host, 'shop.example:8080');
    assert.equal(request.contentLength, 12);
    assert.equal(request.isPlain, true);
    assert.equal(request.isPersistent, true);
    assert.equal(request.head.get('x-empty'), '');
    assert.equal(request.head.get('X-PADDED'), 'a b');
    assert.equal(request.head.get('x-wide'), '\xe9');
    assert.equal(request.head.get('missing'), undefined);
    assert.deepEqual(request.head.all('Cookie'), ['a=1', 'b=2']);
    assert.equal(request.head.get('Cookie'), 'a=1, b=2');
    assert.equal([...request.head].length, 7);
  });

  it('is incomplete, and nothing else, however it is cut', () => {
    for (let end = 0; end < usual.length; end += 1)
      assert.equal(parse(usual.slice(0, end)), 'incomplete', String(end));
  });

  it('ends where its empty line does', () => {
    assert.equal(parsed(`${usual}GET / HTTP/1.1\r\n`).size, usual.length);
    assert.equal(parsed(`${usual}GET / HTTP/1.1\r\n`).head.text, usual.slice(usual.indexOf('\n') + 1));
  });

  it('is read from the middle of the bytes', () => {
    const request = parseRequestHead(Buffer.from(`xxxx${usual}`, 'latin1'), 4);
    assert.equal(typeof request !== 'string' && request.head.get('host'), 'shop.example:8080');
  });

  for (const [what, text] of Object.entries({
    chunks: 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n',
    'chunks in capitals': 'POST / HTTP/1.1\r\nHost: a\r\nTRANSFER-ENCODING: CHUNKED\r\n\r\n',
    'an expectation': 'PUT / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n\r\n',
    'an upgrade': 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    'a field for this hop': 'GET / HTTP/1.1\r\nHost: a\r\nConnection: X-Mine\r\n\r\n',
    'HTTP/1.0': 'GET / HTTP/1.0\r\nHost: a\r\n\r\n',
    'an absolute target': 'GET http://a/ HTTP/1.1\r\nHost: a\r\n\r\n',
    'the server as its target': 'OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n',
    'a tunnel': 'CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n',
  })) {
    it(`is well-formed but not for the fast lane with ${what}`, () =>
      assert.equal(parsed(text).isPlain, false));
  }

  for (const [what, text, expected] of [
    ['stays open by default in 1.1', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n', true],
    ['closes when told so', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: Close\r\n\r\n', false],
    ['closes by default in 1.0', 'GET / HTTP/1.0\r\n\r\n', false],
    ['stays open in 1.0 when told so', 'GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', true],
  ] as const) {
    it(`says that the connection ${what}`, () => assert.equal(parsed(text).isPersistent, expected));
  }

  it('is refused with more fields than anybody needs', () => {
    const text = `GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(maxFields)}\r\n`;
    assert.equal(parse(text), 'too_many_fields');
  });

  for (const host of ['a', 'a.example:80', '127.0.0.1', '[::1]:8080', 'a_b', ''])
    it(`may name the host ${host || '(empty)'}`, () =>
      assert.equal(parsed(`GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`).host, host));
});
