import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { reply, type Around, type Reply } from '../../shared/index.ts';
import { exchangeRecord, fakeHost, loaded, plugin, settled } from './fake-host.ts';
import { wholeBody } from './reply-copy.ts';

const around = (name: string, handle: Around['handle']) => plugin(name, () => ({ around: { handle } }));
const ok = reply(200, { 'content-type': 'text/plain' }, 'backend');
const backend = (): Promise<Reply> => Promise.resolve(ok);

describe('the onion', () => {
  it('wraps in configured order, the first outermost', async () => {
    const order: string[] = [];
    const noted = (name: string) =>
      around(name, async (_exchange, next) => {
        order.push(`${name} in`);
        const answer = await next();
        order.push(`${name} out`);
        return answer;
      });
    const { host } = await fakeHost([loaded(noted('a')), loaded(noted('b'))]);
    assert.equal(await host.pipeline.around(exchangeRecord(), backend), ok);
    assert.deepEqual(order, ['a in', 'b in', 'b out', 'a out']);
  });

  it('lets a plugin answer in place of the backend, and says who did', async () => {
    const cached = reply(200, {}, 'cached');
    const { host } = await fakeHost([loaded(around('cache', async () => cached))]);
    const exchange = exchangeRecord();
    const answer = await host.pipeline.around(exchange, () => assert.fail('The backend was asked.'));
    assert.deepEqual([answer, exchange.servedBy], [cached, 'cache']);
  });

  it('refuses a second next()', async () => {
    let calls = 0;
    const twice = around('twice', async (_exchange, next) => {
      await next();
      return next();
    });
    const { host, logged } = await fakeHost([loaded(twice)]);
    const answer = await host.pipeline.around(exchangeRecord(), async () => ((calls += 1), ok));
    assert.deepEqual([answer, calls], [ok, 1]);
    assert.match(JSON.stringify(logged), /second time/);
  });

  it('goes on without a plugin that broke before next()', async () => {
    const broken = around('broken', async () => Promise.reject(new Error('broken')));
    const { host } = await fakeHost([loaded(broken)]);
    assert.equal(await host.pipeline.around(exchangeRecord(), backend), ok);
    assert.equal(host.plugins()[0]?.hooks[0]?.failures, 1);
  });

  it('sends the reply of next() when a plugin broke after it', async () => {
    let calls = 0;
    const broken = around('broken', async (_exchange, next) => {
      await next();
      throw new Error('broken');
    });
    const { host } = await fakeHost([loaded(broken)]);
    assert.equal(await host.pipeline.around(exchangeRecord(), async () => ((calls += 1), ok)), ok);
    assert.equal(calls, 1);
  });

  it('sends the reply of next() when a plugin answers with something that is no reply', async () => {
    const odd = around('odd', async (_exchange, next) => (await next(), 'what?' as unknown as Reply));
    const { host } = await fakeHost([loaded(odd)]);
    assert.equal(await host.pipeline.around(exchangeRecord(), backend), ok);
  });

  it("passes the backend's failure on without blaming the plugin", async () => {
    const gone = new Error('backend gone');
    const { host } = await fakeHost([loaded(around('plain', async (_exchange, next) => next()))]);
    await assert.rejects(
      host.pipeline.around(exchangeRecord(), () => Promise.reject(gone)),
      gone,
    );
    assert.equal(host.plugins()[0]?.hooks[0]?.failures, 0);
  });

  it('goes on without a plugin that takes longer than 30 s before next()', async () => {
    const hanging = around('hanging', () => new Promise(() => undefined));
    const { host, clock } = await fakeHost([loaded(hanging)]);
    const pending = host.pipeline.around(exchangeRecord(), backend);
    await clock.advance(30_000);
    assert.equal(await pending, ok);
  });

  it('refuses a next() that comes after the exchange went on', async () => {
    let late: Promise<Reply> | null = null;
    let calls = 0;
    const tardy = around('tardy', async (_exchange, next) => {
      setImmediate(() => {
        late = next();
        late.catch(() => undefined);
      });
      throw new Error('broken');
    });
    const { host } = await fakeHost([loaded(tardy)]);
    await host.pipeline.around(exchangeRecord(), async () => ((calls += 1), ok));
    await settled();
    await assert.rejects(late ?? Promise.resolve(), /after the exchange went on/);
    assert.equal(calls, 1);
  });

  it('rejects when a plugin broke after it began to read a stream: half a reply is no reply', async () => {
    const reader = around('reader', async (_exchange, next) => {
      const { body } = await next();
      for await (const _ of body as AsyncIterable<Uint8Array>) break;
      throw new Error('broken');
    });
    const { host } = await fakeHost([loaded(reader)]);
    await assert.rejects(host.pipeline.around(exchangeRecord(), async () => streamed(['a', 'b'])));
  });

  it('hands a stream on untouched, the very object of the data path', async () => {
    const original = streamed(['a', 'b']);
    const { host } = await fakeHost([loaded(around('plain', async (_exchange, next) => next()))]);
    assert.equal(await host.pipeline.around(exchangeRecord(), async () => original), original);
  });

  it('keeps the body of the data path when a plugin only changes the head', async () => {
    const original = streamed(['a', 'b']);
    const marking = around('marking', async (_exchange, next) => ({ ...(await next()), status: 203 }));
    const { host } = await fakeHost([loaded(marking)]);
    const answer = await host.pipeline.around(exchangeRecord(), async () => original);
    assert.deepEqual([answer.status, answer.body === original.body], [203, true]);
  });

  it('is not entered when nothing matches', async () => {
    const { host } = await fakeHost([
      loaded(
        plugin('gets', () => ({
          around: { match: { methods: ['GET'] }, handle: (_exchange, next) => next() },
        })),
      ),
    ]);
    assert.equal(host.pipeline.isWrapped(exchangeRecord({ method: 'POST' })), false);
    assert.equal(host.pipeline.isWrapped(exchangeRecord({ method: 'GET' })), true);
  });
});

describe('an around in observe mode', () => {
  it("leaves the client the backend's reply, and tells what it would have sent", async () => {
    const cached = reply(200, {}, 'cached');
    const { host, recorder } = await fakeHost([
      loaded(
        around('cache', async () => cached),
        'observe',
      ),
    ]);
    const exchange = exchangeRecord({ route: '/a' });
    assert.equal(await host.pipeline.around(exchange, backend), ok);
    await settled();
    assert.deepEqual(recorder.of('around/compared'), [
      {
        exchangeId: exchange.id,
        plugin: 'cache',
        method: 'GET',
        route: '/a',
        isSame: false,
        hadAskedBackend: false,
        difference: 'Another body: 6 bytes in place of 7.',
      },
    ]);
    assert.equal(exchange.servedBy, 'backend');
  });

  it('tells when it would have answered the same by itself', async () => {
    const cache = around('cache', async () => reply(200, {}, 'backend'));
    const { host, recorder } = await fakeHost([loaded(cache, 'observe')]);
    await host.pipeline.around(exchangeRecord(), backend);
    await settled();
    assert.equal(recorder.of('around/compared')[0]?.['isSame'], true);
  });

  it('asks the backend at once, whatever the plugin waits for', async () => {
    const { host } = await fakeHost([
      loaded(
        around('hanging', () => new Promise(() => undefined)),
        'observe',
      ),
    ]);
    assert.equal(await host.pipeline.around(exchangeRecord(), backend), ok);
  });

  it('records nothing when it passes the reply on', async () => {
    const plain = around('plain', async (_exchange, next) => next());
    const { host, recorder } = await fakeHost([loaded(plain, 'observe')]);
    await host.pipeline.around(exchangeRecord(), backend);
    await settled();
    assert.deepEqual(recorder.of('around/compared'), []);
  });

  it('compares a body of known length without the client waiting for the plugin', async () => {
    const upper = around('upper', async (_exchange, next) => {
      const answer = await next();
      return {
        ...answer,
        body: Buffer.from(await wholeBody(answer.body))
          .toString()
          .toUpperCase(),
      };
    });
    const { host, recorder } = await fakeHost([loaded(upper, 'observe')]);
    const answer = await host.pipeline.around(exchangeRecord(), async () => ({
      ...streamed(['a', 'b']),
      isStreaming: false,
    }));
    assert.equal(Buffer.from(await wholeBody(answer.body)).toString(), 'ab');
    await settled();
    assert.equal(recorder.of('around/compared')[0]?.['difference'], 'Another body: 2 bytes in place of 2.');
  });

  it('never copies a stream without end', async () => {
    const reader = around('reader', async (_exchange, next) => {
      const answer = await next();
      await wholeBody(answer.body);
      return answer;
    });
    const endless = streamed(['a']);
    const { host } = await fakeHost([loaded(reader, 'observe')]);
    assert.equal(await host.pipeline.around(exchangeRecord(), async () => endless), endless);
    await settled();
    assert.equal(host.plugins()[0]?.hooks[0]?.failures, 0);
  });
});

function streamed(pieces: readonly string[]): Reply {
  async function* body(): AsyncGenerator<Uint8Array> {
    for (const piece of pieces) yield Buffer.from(piece);
  }
  return reply(200, {}, body());
}
