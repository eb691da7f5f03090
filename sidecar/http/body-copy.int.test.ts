import { strict as assert } from 'node:assert';
import type { RequestListener, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import { afterEach, describe, it } from 'mocha';
import {
  eventually,
  exchangeRaw,
  startBackend,
  startProxy,
  type TestBackend,
  type TestProxy,
} from './test-proxy.ts';

let backend: TestBackend;
let proxy: TestProxy;
let seen: { readonly body: Buffer; readonly coding: string | undefined }[];

const text = JSON.stringify({ items: [{ id: 1 }], padding: 'x'.repeat(50_000) });

/** What a reply looks like to a plugin that asked, once the client has it. */
async function copied(answer: (response: ServerResponse) => void, head = 'GET / HTTP/1.1'): Promise<string> {
  seen = [];
  const handle: RequestListener = (_request, response) => answer(response);
  backend = await startBackend(handle);
  proxy = await startProxy(backend.port, {
    pipeline: { replyWatch: () => ({ seen: (body, coding) => void seen.push({ body, coding }) }) },
  });
  const received = await exchangeRaw(proxy.port, `${head}\r\nHost: a\r\nConnection: close\r\n\r\n`);
  await eventually(() => proxy.finished.length === 1, 'the exchange to be finished');
  return received;
}

describe('a copy of a JSON reply', () => {
  afterEach(async () => {
    await proxy.stop();
    await backend.stop();
  });

  it('is what the backend sent, of a known length', async () => {
    await copied((response) => {
      response.setHeader('Content-Type', 'application/json; charset=utf-8');
      response.setHeader('Content-Length', Buffer.byteLength(text));
      response.end(text);
    });
    assert.equal(seen[0]?.body.toString(), text);
  });

  for (const head of ['GET / HTTP/1.1', 'GET / HTTP/1.0'])
    it(`is the data without its framing, in chunks, for ${head.slice(-8)}`, async () => {
      await copied((response) => {
        response.setHeader('Content-Type', 'application/vnd.api+json');
        response.write(text.slice(0, 100));
        response.end(text.slice(100));
      }, head);
      assert.equal(seen[0]?.body.toString(), text);
    });

  it('says how it is encoded', async () => {
    const zipped = gzipSync(text);
    await copied((response) => {
      response.writeHead(200, {
        'Content-Type': 'application/json',
        'Content-Encoding': 'gzip',
        'Content-Length': zipped.length,
      });
      response.end(zipped);
    });
    assert.deepEqual(seen, [{ body: zipped, coding: 'gzip' }]);
  });

  it('is not made of what is too long, and the client gets all of it', async () => {
    const long = JSON.stringify('y'.repeat(300_000));
    const received = await copied((response) => {
      response.setHeader('Content-Type', 'application/json');
      response.end(long);
    });
    assert.deepEqual(seen, []);
    assert.ok(received.endsWith(long));
  });

  const never: Readonly<Record<string, (response: ServerResponse) => void>> = {
    'a page': (response) => response.setHeader('Content-Type', 'text/html').end('<p>{}</p>'),
    'an event stream': (response) =>
      response.setHeader('Content-Type', 'text/event-stream').end('data: {"a":1}\n\n'),
    'a failure': (response) => response.writeHead(500, { 'Content-Type': 'application/json' }).end(text),
  };
  for (const [what, answer] of Object.entries(never))
    it(`is not made of ${what}`, async () => {
      await copied(answer);
      assert.deepEqual(seen, []);
    });

  it('is not given of a reply that was cut off', async () => {
    await copied((response) => {
      response.setHeader('Content-Type', 'application/json');
      response.setHeader('Content-Length', 1000);
      response.write('{"a":1');
      setImmediate(() => response.destroy());
    });
    assert.deepEqual(seen, []);
  });
});
