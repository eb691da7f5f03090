import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { ClientMessage, ServerMessage } from '../../shared/protocol.ts';
import { connectLive, liveUrl, type ConnectionState } from './live-connection.ts';
import type { Socket, Timing } from './socket.ts';

/** A gateway's end of the sockets, and a clock that moves only when told. */
function stage() {
  const states: ConnectionState[] = [];
  const messages: ServerMessage[] = [];
  const sockets: FakeSocket[] = [];
  const clock = fakeTiming();
  const connection = connectLive({
    gateway: 'http://127.0.0.1:7070',
    token: 'secret',
    timing: clock.timing,
    openSocket: () => {
      const socket = fakeSocket();
      sockets.push(socket);
      return socket;
    },
    onMessage: (message) => messages.push(message),
    onState: (state) => states.push(state),
  });
  const last = () => sockets.at(-1) ?? fakeSocket();
  const welcome = () => {
    last().open();
    last().say({ kind: 'welcome', protocol: 1, version: '0.1.0', head: 5 });
  };
  return { connection, states, messages, sockets, last, welcome, clock };
}

interface FakeSocket extends Socket {
  readonly sent: ClientMessage[];
  isClosed: boolean;
  open(): void;
  say(message: unknown): void;
  lose(): void;
}

function fakeSocket(): FakeSocket {
  const calls = new Map<string, (event: never) => void>();
  const tell = (type: string, event: object = {}) => calls.get(type)?.(event as never);
  return {
    sent: [],
    isClosed: false,
    send(text) {
      this.sent.push(JSON.parse(text));
    },
    close() {
      this.isClosed = true;
    },
    addEventListener: (type: string, call: (event: never) => void) => void calls.set(type, call),
    open: () => tell('open'),
    say: (message) => tell('message', { data: JSON.stringify(message) }),
    lose: () => tell('close'),
  };
}

function fakeTiming() {
  let nowMs = 0;
  let timers: { readonly atMs: number; call(): void }[] = [];
  const timing: Timing = {
    random: () => 0,
    after(ms, call) {
      const timer = { atMs: nowMs + ms, call };
      timers.push(timer);
      return () => void (timers = timers.filter((each) => each !== timer));
    },
  };
  const pass = (ms: number) => {
    nowMs += ms;
    const due = timers.filter(({ atMs }) => atMs <= nowMs);
    timers = timers.filter(({ atMs }) => atMs > nowMs);
    for (const { call } of due) call();
  };
  return { timing, pass };
}

const event = (position: number) => ({
  position,
  id: 'x',
  type: 'http/finished',
  at: '2026-11-23T10:00:00Z',
  stream: null,
  streamVersion: null,
  traceId: null,
  exchangeId: null,
  causedBy: null,
  data: {},
});

describe('The live connection', () => {
  it('says hello with the token and is live once it is welcome', () => {
    const { last, welcome, states } = stage();
    welcome();
    assert.deepEqual(last().sent[0], { kind: 'hello', protocol: 1, token: 'secret' });
    assert.deepEqual(
      states.map(({ kind }) => kind),
      ['connecting', 'live'],
    );
  });

  it('asks for what is watched when it is welcome, not before', () => {
    const { connection, last, welcome } = stage();
    connection.watchPanels(['a/b']);
    assert.equal(last().sent.length, 0);
    welcome();
    assert.deepEqual(last().sent[1], { kind: 'watch-panels', panels: ['a/b'] });
  });

  it('comes back by itself and goes on with events where they stopped', () => {
    const { connection, last, welcome, clock, sockets } = stage();
    welcome();
    connection.watchEvents(['http/']);
    last().say({ kind: 'events', events: [event(41), event(42), event(0)] });
    last().lose();
    clock.pass(250);
    assert.equal(sockets.length, 2);
    welcome();
    assert.deepEqual(last().sent[1], { kind: 'watch-events', after: 42, types: ['http/'] });
  });

  it('waits longer after each failure, up to ten seconds', () => {
    const { last, clock, sockets } = stage();
    const waits: number[] = [];
    for (let failure = 0; failure < 8; failure++) {
      const before = sockets.length;
      last().lose();
      let waited = 0;
      while (sockets.length === before && waited < 20_000) {
        clock.pass(125);
        waited += 125;
      }
      waits.push(waited);
    }
    assert.deepEqual(waits, [125, 250, 500, 1000, 2000, 4000, 5000, 5000]);
  });

  it('takes a long silence for a lost connection', () => {
    const { last, welcome, clock, states } = stage();
    welcome();
    const first = last();
    clock.pass(20_000);
    assert.ok(first.isClosed);
    assert.equal(states.at(-1)?.kind, 'waiting');
  });

  it('does not come back with a token that was refused', () => {
    const { last, clock, sockets, states } = stage();
    last().open();
    last().say({ kind: 'problem', code: 'token_wrong', title: 'No.', todo: 'Read it again.' });
    last().lose();
    clock.pass(60_000);
    assert.equal(sockets.length, 1);
    assert.deepEqual(states.at(-1), { kind: 'refused', code: 'token_wrong', reason: 'No. Read it again.' });
  });

  it('leaves out what a newer gateway says', () => {
    const { last, welcome, messages } = stage();
    welcome();
    last().say({ kind: 'hologram' });
    assert.deepEqual(
      messages.map(({ kind }) => kind),
      ['welcome'],
    );
  });

  it('is quiet once it is closed', () => {
    const { connection, last, welcome, clock, sockets } = stage();
    welcome();
    connection.close();
    last().lose();
    clock.pass(60_000);
    assert.equal(sockets.length, 1);
  });

  it('speaks TLS where the gateway does', () => {
    assert.equal(liveUrl('https://outrider.example/x'), 'wss://outrider.example/live');
  });
});
