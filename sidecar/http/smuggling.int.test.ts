import { strict as assert } from 'node:assert';
import { afterEach, beforeEach, describe, it } from 'mocha';
import {
  exchangeRaw,
  rawClient,
  startBackend,
  startProxy,
  type TestBackend,
  type TestProxy,
} from './test-proxy.ts';

/** What two parsers could understand differently, by what is wrong with it. */
const ambiguous: Readonly<Record<string, string>> = {
  'Content-Length and Transfer-Encoding':
    'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'Transfer-Encoding and Content-Length':
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n',
  'two different lengths': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab',
  'the same length twice': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na',
  'a list of lengths': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\na',
  'a signed length': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\na',
  'a negative length': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\na',
  'a hexadecimal length': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\na',
  'an empty length': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n',
  'a length beyond all numbers': 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n',
  'a length spelt with an underscore': 'POST / HTTP/1.1\r\nHost: a\r\nContent_Length: 1\r\n\r\na',
  'a folded line': 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\r\n c\r\n\r\n',
  'a folded Transfer-Encoding':
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n',
  'a bare line feed after the request line': 'GET / HTTP/1.1\nHost: a\r\n\r\n',
  'a bare line feed after a field': 'GET / HTTP/1.1\r\nHost: a\nX-B: c\r\n\r\n',
  'a bare line feed as the empty line':
    'GET / HTTP/1.1\r\nHost: a\r\n\nGET /evil HTTP/1.1\r\nHost: a\r\n\r\n',
  'a bare carriage return in a value': 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\rc\r\n\r\n',
  'a NUL in a value': 'GET / HTTP/1.1\r\nHost: a\r\nX-A: b\0c\r\n\r\n',
  'a NUL in a name': 'GET / HTTP/1.1\r\nHost: a\r\nX\0A: b\r\n\r\n',
  'a NUL in the target': 'GET /\0 HTTP/1.1\r\nHost: a\r\n\r\n',
  'a space before the colon': 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n\r\n0\r\n\r\n',
  'a space before the first field': 'GET / HTTP/1.1\r\n Host: a\r\n\r\n',
  'a field without a colon': 'GET / HTTP/1.1\r\nHost: a\r\nnonsense\r\n\r\n',
  'a field without a name': 'GET / HTTP/1.1\r\nHost: a\r\n: b\r\n\r\n',
  'a name that is no token': 'GET / HTTP/1.1\r\nHost: a\r\nX(A): b\r\n\r\n',
  'no Host': 'GET / HTTP/1.1\r\nX-A: b\r\n\r\n',
  'two Hosts': 'GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n',
  'a Host with a path': 'GET / HTTP/1.1\r\nHost: a/b\r\n\r\n',
  'a Host with user information': 'GET / HTTP/1.1\r\nHost: a@b\r\n\r\n',
  'an unknown coding': 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n',
  'chunked that is not last':
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n',
  'chunked twice':
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'a disguised chunked': 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n',
  'a vertical tab before chunked':
    'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n',
  'chunks from HTTP/1.0': 'POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
  'no version': 'GET /\r\nHost: a\r\n\r\n',
  'another version': 'GET / HTTP/1.2\r\nHost: a\r\n\r\n',
  'HTTP/2 without a word': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'two spaces in the request line': 'GET  / HTTP/1.1\r\nHost: a\r\n\r\n',
  'a space in the target': 'GET /a b HTTP/1.1\r\nHost: a\r\n\r\n',
  'a fragment in the target': 'GET /a#b HTTP/1.1\r\nHost: a\r\n\r\n',
  'a method that is no token': 'GE(T / HTTP/1.1\r\nHost: a\r\n\r\n',
  'a TLS handshake': '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03',
  garbage: '\x00\x01\x02\x03\xff\xfe\r\n\r\n',
  'a PostgreSQL start-up': '\x00\x00\x00\x08\x04\xd2\x16\x2f',
};

/** Read by `node:http` all the same, but passed on in canonical form, so that nothing is left to misunderstand. */
const canonicalisedByNode: ReadonlySet<string> = new Set(['two spaces in the request line']);

/** Chunked bodies that are wrong behind a head that is right. */
const badChunks: Readonly<Record<string, string>> = {
  'a size that is no number': 'zz\r\nabc\r\n0\r\n\r\n',
  'a negative size': '-3\r\nabc\r\n0\r\n\r\n',
  'a size with 0x': '0x3\r\nabc\r\n0\r\n\r\n',
  'a size beyond all numbers': 'fffffffffffffffff\r\nabc\r\n0\r\n\r\n',
  'an empty size': '\r\nabc\r\n0\r\n\r\n',
  'a bare line feed after the size': '3\nabc\r\n0\r\n\r\n',
  'data longer than the size': '3\r\nabcd\r\n0\r\n\r\n',
  'a bare line feed after the data': '3\r\nabc\n0\r\n\r\n',
  'a space before the size': ' 3\r\nabc\r\n0\r\n\r\n',
  'a NUL in an extension': '3;a=\0\r\nabc\r\n0\r\n\r\n',
  'a trailer without a colon': '3\r\nabc\r\n0\r\nnonsense\r\n\r\n',
};

describe('requests that could smuggle another one', () => {
  let backend: TestBackend;
  let proxy: TestProxy;

  beforeEach(async () => {
    backend = await startBackend((request, response) =>
      request.resume().on('end', () => response.end('reached')),
    );
    proxy = await startProxy(backend.port);
  });

  afterEach(async () => {
    await proxy.stop();
    await backend.stop();
  });

  for (const [what, bytes] of Object.entries(ambiguous)) {
    it(`are refused with 400 and never reach the backend: ${what}`, async () => {
      const answer = await exchangeRaw(proxy.port, bytes);
      assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
      assert.match(answer, /"code":"request_malformed"/);
      assert.equal(backend.count(), 0);
    });

    if (!canonicalisedByNode.has(what))
      it(`are refused behind a request that moved the connection to node:http: ${what}`, async () => {
        const client = rawClient(proxy.port);
        client.send('POST /first HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n');
        await client.until(/reached/);
        client.send(bytes);
        const answer = await client.closed();
        assert.match(answer, /HTTP\/1\.1 400 Bad Request\r\n/);
        assert.equal(backend.count(), 1);
      });
  }

  for (const [what, body] of Object.entries(badChunks)) {
    it(`have no complete body at the backend: ${what}`, async () => {
      let isComplete = false;
      const watching = await startBackend((request, response) => {
        request.on('end', () => (isComplete = true));
        request.on('error', () => response.destroy());
        request.resume();
      });
      const before = await startProxy(watching.port);
      const head = 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n';
      const answer = await exchangeRaw(before.port, head + body);
      assert.match(answer, /^HTTP\/1\.1 400 Bad Request\r\n/);
      assert.equal(isComplete, false);
      await before.stop();
      await watching.stop();
    });
  }
});
