import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { after, afterEach, before, describe, it } from 'mocha';
import { applyPatch, type Operation } from 'rfc6902';
import { WebSocket, type ClientOptions } from 'ws';
import { serverMessage, type ServerMessage } from '../../shared/index.ts';
import { fakeTimers, type FakeTimers } from '../record/fake-timers.ts';
import { fakeSidecar, type FakeSidecar } from './fake-sidecar.ts';

let sidecar: FakeSidecar;
let timers: FakeTimers;
const opened: Watcher[] = [];

describe('the live socket', () => {
  before(async () => {
    timers = fakeTimers();
    sidecar = await fakeSidecar({
      config: { origins: ['https://desk.example'] },
      options: { now: timers.now, after: timers.after },
    });
  });
  after(() => sidecar.close());
  afterEach(async () => {
    for (const watcher of opened.splice(0)) await watcher.end();
  });

  describe('refuses', () => {
    it('a web origin that was not configured, before there is a socket', async () => {
      const { status } = await refusal('/live', { origin: 'https://evil.example' });
      assert.equal(status, 403);
    });

    it('a Host header that names another machine', async () => {
      const { status } = await refusal('/live', { headers: { host: 'evil.example' } });
      assert.equal(status, 403);
    });

    it('another address', async () => {
      assert.equal((await refusal('/other')).status, 404);
    });

    it('more sockets than it may hold', async () => {
      for (let index = 0; index < 4; index += 1) await hello();
      assert.equal((await refusal('/live')).status, 503);
    });

    it('a wrong token', async () => {
      const watcher = await open();
      watcher.say({ kind: 'hello', protocol: 1, token: 'wrong' });
      assert.equal((await watcher.next('problem')).code, 'token_wrong');
      assert.equal(await watcher.closed, 1008);
    });

    it('another protocol', async () => {
      const watcher = await open();
      watcher.say({ kind: 'hello', protocol: 2, token: sidecar.token });
      assert.equal((await watcher.next('problem')).code, 'message_invalid');
      assert.equal(await watcher.closed, 1008);
    });

    it('anything before hello', async () => {
      const watcher = await open();
      watcher.say({ kind: 'watch-panels', panels: ['keys/count'] });
      assert.equal((await watcher.next('problem')).detail, 'The first message is hello.');
      assert.equal(await watcher.closed, 1008);
    });

    it('to wait longer than five seconds for hello', async () => {
      const watcher = await open();
      timers.advance(5_000);
      assert.equal(await watcher.closed, 1008);
    });

    for (const [what, text] of [
      ['what is not JSON', '{"kind":'],
      ['what is no object', '7'],
      ['a kind nobody knows', '{"kind":"shout"}'],
      ['fields of the wrong type', '{"kind":"watch-events","after":"1"}'],
      ['too many panels', JSON.stringify({ kind: 'watch-panels', panels: Array(65).fill('a/b') })],
      ['a second hello', JSON.stringify({ kind: 'hello', protocol: 1, token: 'a' })],
      ['bytes', Buffer.from('{"kind":"ping"}')],
    ] as const) {
      it(`${what} with a problem, and goes on`, async () => {
        const watcher = await hello();
        watcher.socket.send(text);
        assert.equal((await watcher.next('problem')).code, 'message_invalid');
        watcher.say({ kind: 'ping' });
        await watcher.next('pong');
      });
    }

    it('a client that sends nothing but malformed messages', async () => {
      const watcher = await hello();
      for (let index = 0; index < 20; index += 1) watcher.socket.send('?');
      assert.equal(await watcher.closed, 1008);
    });

    it('a client that floods', async () => {
      const watcher = await hello();
      for (let index = 0; index < 201; index += 1) watcher.say({ kind: 'ping' });
      assert.equal(await watcher.closed, 1008);
    });

    it('a message that is too large', async () => {
      const watcher = await hello();
      watcher.socket.send('x'.repeat(64 * 1024 + 1));
      assert.equal(await watcher.closed, 1009);
    });

    it('garbage after the upgrade', async () => {
      const answer = await garbageAfterUpgrade();
      assert.match(answer, /^HTTP\/1\.1 101 /);
    });
  });

  it('welcomes with the head of the log, the status and the findings', async () => {
    const watcher = await hello();
    const kinds = watcher.received.map(({ kind }) => kind);
    assert.deepEqual(kinds.slice(0, 3), ['welcome', 'status', 'findings']);
  });

  it('sends the status each second, and findings and plugins when they change', async () => {
    const watcher = await hello();
    timers.advance(1_000);
    await watcher.next('status');
    sidecar.host.changed('findings');
    sidecar.host.changed('findings');
    timers.advance(250);
    await watcher.next('findings');
    sidecar.host.changed('plugins');
    await watcher.next('plugins-changed');
    // One with the welcome, one for both changes.
    assert.equal(watcher.received.filter(({ kind }) => kind === 'findings').length, 2);
  });

  it('pings, and cuts off who does not answer', async () => {
    const watcher = await hello({ autoPong: false });
    const pinged = new Promise((resolve) => watcher.socket.once('ping', resolve));
    timers.advance(30_000);
    await pinged;
    timers.advance(30_000);
    assert.equal(await watcher.closed, 1006);
  });

  it('keeps who does answer', async () => {
    const watcher = await hello();
    for (let round = 0; round < 3; round += 1) {
      const pinged = new Promise((resolve) => watcher.socket.once('ping', resolve));
      timers.advance(30_000);
      await pinged;
      watcher.say({ kind: 'ping' });
      await watcher.next('pong');
    }
    assert.equal(watcher.socket.readyState, WebSocket.OPEN);
  });

  describe('watching panels', () => {
    it('sends the view whole and then patches that make what the gateway shows over HTTP', async () => {
      const watcher = await hello();
      watcher.say({ kind: 'watch-panels', panels: ['keys/count'] });
      const { view } = await watcher.next('panel');
      for (let index = 0; index < 3; index += 1) {
        sidecar.recorder.put('orders/placed', { amount: 1 });
        const { patch } = await watcher.next('panel-patch');
        applyPatch(view, patch as Operation[]);
      }
      const shown = (await (await sidecar.get('/api/panels/keys/count')).json()) as { view: unknown };
      assert.deepEqual(view, shown.view);
    });

    it('replaces what was watched before', async () => {
      const watcher = await hello();
      watcher.say({ kind: 'watch-panels', panels: ['keys/count'] });
      await watcher.next('panel');
      watcher.say({ kind: 'watch-panels', panels: ['keys/none'] });
      assert.equal((await watcher.next('panel-failed')).panel, 'keys/none');
    });
  });

  describe('watching events', () => {
    it('resumes by position: nothing is missing and nothing comes twice', async () => {
      const start = sidecar.recorder.head;
      const expected: number[] = [];
      const put = (count: number): void => {
        for (let index = 0; index < count; index += 1)
          expected.push(sidecar.recorder.put('orders/placed', { amount: index }).position);
      };
      const got: number[] = [];
      put(250);
      for (let reconnect = 0; reconnect < 4; reconnect += 1) {
        const watcher = await hello();
        watcher.say({ kind: 'watch-events', after: got.at(-1) ?? start });
        put(30);
        // Cut off in the middle, whatever is still on its way.
        for (const { position } of (await watcher.next('events')).events) got.push(position);
        put(20);
        await watcher.end();
      }
      const last = await hello();
      last.say({ kind: 'watch-events', after: got.at(-1) ?? start });
      while (got.length < expected.length) {
        for (const { position } of (await last.next('events')).events) got.push(position);
      }
      assert.deepEqual(got, expected);
    });

    it('sends only types that begin as asked, from now on when no position is given', async () => {
      const watcher = await hello();
      sidecar.recorder.put('orders/placed', {});
      watcher.say({ kind: 'watch-events', after: null, types: ['keys/', 'orders/pa'] });
      watcher.say({ kind: 'ping' });
      await watcher.next('pong');
      for (const type of ['orders/placed', 'orders/paid', 'other', 'keys/made'])
        sidecar.recorder.put(type, {});
      const seen = [...(await watcher.next('events')).events, ...(await watcher.next('events')).events];
      assert.deepEqual(
        seen.map(({ type }) => type),
        ['orders/paid', 'keys/made'],
      );
    });

    it('shows events that were sampled away while they happen', async () => {
      const watcher = await hello();
      watcher.say({ kind: 'watch-events', after: null });
      watcher.say({ kind: 'ping' });
      await watcher.next('pong');
      sidecar.recorder.putSampledAway('http/finished', {});
      assert.equal((await watcher.next('events')).events[0]?.position, 0);
    });

    it('ends when asked', async () => {
      const watcher = await hello();
      watcher.say({ kind: 'watch-events', after: null });
      watcher.say({ kind: 'unwatch-events' });
      watcher.say({ kind: 'ping' });
      await watcher.next('pong');
      sidecar.recorder.put('orders/placed', {});
      watcher.say({ kind: 'ping' });
      await watcher.next('pong');
      assert.ok(watcher.received.every(({ kind }) => kind !== 'events'));
    });

    it('waits in the log for a watcher that does not read, and closes when it never does', async () => {
      const watcher = await hello();
      watcher.say({ kind: 'watch-events', after: null });
      watcher.say({ kind: 'ping' });
      await watcher.next('pong');
      watcher.socket.pause();
      const subscribers = sidecar.recorder.subscribers;
      for (let index = 0; index < 400; index += 1)
        sidecar.recorder.put('orders/placed', { text: 'x'.repeat(64_000) });
      await until(() => {
        sidecar.recorder.put('orders/placed', {});
        return sidecar.recorder.subscribers < subscribers;
      });
      timers.advance(30_000);
      watcher.socket.resume();
      assert.equal(await watcher.closed, 1013);
    });

    it('goes on without a gap when a slow watcher reads again', async () => {
      const watcher = await hello();
      const head = sidecar.recorder.head;
      watcher.say({ kind: 'watch-events', after: head });
      watcher.socket.pause();
      for (let index = 0; index < 400; index += 1)
        sidecar.recorder.put('orders/placed', { text: 'x'.repeat(64_000) });
      await until(() => true);
      watcher.socket.resume();
      const got: number[] = [];
      while (got.length < 400)
        for (const { position } of (await watcher.next('events')).events) got.push(position);
      assert.deepEqual(
        got,
        Array.from({ length: 400 }, (_, index) => head + 1 + index),
      );
    });
  });

  it('tells watchers when it stops', async () => {
    const other = await fakeSidecar();
    const watcher = await hello({}, other);
    await other.close();
    assert.equal(await watcher.closed, 1001);
  });
});

interface Watcher {
  readonly socket: WebSocket;
  readonly received: readonly ServerMessage[];
  /** The code it was closed with. */
  readonly closed: Promise<number>;
  say(message: object): void;
  /** The next message of a kind that was not handed out yet; earlier ones of other kinds are passed over. */
  next<Kind extends ServerMessage['kind']>(kind: Kind): Promise<Extract<ServerMessage, { kind: Kind }>>;
  end(): Promise<void>;
}

async function open(options: ClientOptions = {}, to = sidecar): Promise<Watcher> {
  const socket = new WebSocket(`${to.url.replace('http', 'ws')}/live`, options);
  const received: ServerMessage[] = [];
  let taken = 0;
  let isClosed = false;
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  void closed.then(() => (isClosed = true));
  socket.on('message', (data) => received.push(serverMessage.parse(JSON.parse(String(data)))));
  socket.on('error', () => undefined);
  await new Promise((resolve, reject) => socket.once('open', resolve).once('error', reject));
  const watcher: Watcher = {
    socket,
    received,
    closed,
    say: (message) => socket.send(JSON.stringify(message)),
    async next(kind) {
      let found: ServerMessage | undefined;
      await until(() => {
        if (kind === 'panel-patch') timers.advance(50);
        const index = received.findIndex((each, at) => at >= taken && each.kind === kind);
        if (index < 0) return isClosed && taken >= received.length;
        taken = index + 1;
        found = received[index];
        return true;
      });
      assert.ok(found, `${kind} did not come`);
      // Safe: it was found by its kind.
      return found as never;
    },
    async end() {
      socket.terminate();
      await closed;
    },
  };
  opened.push(watcher);
  return watcher;
}

async function hello(options: ClientOptions = {}, to = sidecar): Promise<Watcher> {
  const watcher = await open(options, to);
  watcher.say({ kind: 'hello', protocol: 1, token: to.token });
  await watcher.next('findings');
  return watcher;
}

function refusal(path: string, options: ClientOptions = {}): Promise<{ status: number }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(sidecar.url.replace('http', 'ws') + path, options);
    socket.on('unexpected-response', (_request, response) => resolve({ status: response.statusCode ?? 0 }));
    socket.on('error', reject).on('open', () => reject(new Error('It was accepted.')));
  });
}

function garbageAfterUpgrade(): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(Number(new URL(sidecar.url).port), '127.0.0.1');
    socket.write(
      'GET /live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n' +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n\xff\xff\xff\xff',
    );
    let answer = '';
    socket.setEncoding('latin1').on('data', (part: string) => (answer += part));
    socket.on('close', () => resolve(answer)).on('error', reject);
  });
}

async function until(condition: () => boolean): Promise<void> {
  for (let round = 0; round < 5_000; round += 1) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  assert.fail('It did not come to that.');
}
