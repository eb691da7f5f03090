import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { clientAddressOf, forwardedLines, peerOf } from './forwarded.ts';
import { parseRequestHead, type RequestHead } from './request-head.ts';

function request(...fields: readonly string[]): RequestHead {
  const text = `GET / HTTP/1.1\r\nHost: shop.example\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`;
  const parsed = parseRequestHead(Buffer.from(text), 0);
  if (typeof parsed === 'string') throw new Error(parsed);
  return parsed;
}

const peer = peerOf('::ffff:10.0.0.1');

describe('who is behind a request', () => {
  it('is the peer when no hop is trusted', () => {
    assert.equal(clientAddressOf(request('X-Forwarded-For: 6.6.6.6'), peer, 0), '10.0.0.1');
  });

  it('is as many places from the right as hops are trusted', () => {
    const chain = request('X-Forwarded-For: 6.6.6.6, 5.5.5.5', 'X-Forwarded-For: 4.4.4.4');
    assert.equal(clientAddressOf(chain, peer, 1), '4.4.4.4');
    assert.equal(clientAddressOf(chain, peer, 2), '5.5.5.5');
    assert.equal(clientAddressOf(chain, peer, 9), '6.6.6.6');
  });

  it('is the peer when trusted hops said nothing', () => {
    assert.equal(clientAddressOf(request(), peer, 1), '10.0.0.1');
  });

  it('is read from Forwarded too, ports and brackets taken off', () => {
    assert.equal(
      clientAddressOf(request('Forwarded: for=6.6.6.6, For="[2001:db8::1]:4711";proto=https'), peer, 1),
      '2001:db8::1',
    );
    assert.equal(clientAddressOf(request('X-Forwarded-For: 7.7.7.7:1234'), peer, 1), '7.7.7.7');
  });

  it('is told to the backend without what nobody vouches for', () => {
    const lines = forwardedLines(
      request('X-Forwarded-For: 6.6.6.6', 'X-Forwarded-Host: evil', 'Forwarded: for=6.6.6.6'),
      peer,
      0,
    );
    assert.equal(
      lines,
      'Forwarded: for=10.0.0.1;host="shop.example";proto=http\r\nX-Forwarded-For: 10.0.0.1\r\n' +
        'X-Forwarded-Proto: http\r\nX-Forwarded-Host: shop.example\r\n',
    );
  });

  it('is told with what trusted hops said', () => {
    const lines = forwardedLines(
      request(
        'X-Forwarded-For: 6.6.6.6, 5.5.5.5',
        'X-Forwarded-Host: public.example',
        'X-Forwarded-Proto: https',
        'Forwarded: for=1.1.1.1, for=5.5.5.5',
      ),
      peer,
      1,
    );
    assert.match(lines, /^Forwarded: for=5\.5\.5\.5, for=10\.0\.0\.1;/);
    assert.match(lines, /X-Forwarded-For: 5\.5\.5\.5, 10\.0\.0\.1\r\n/);
    assert.match(lines, /X-Forwarded-Proto: https\r\n/);
    assert.match(lines, /X-Forwarded-Host: public\.example\r\n/);
  });

  it('is quoted when it is an IPv6 address', () => {
    assert.match(forwardedLines(request(), peerOf('2001:db8::1'), 0), /^Forwarded: for="\[2001:db8::1\]";/);
  });
});
