import type { IncomingMessage } from 'node:http';
import type { RawData, WebSocket } from 'ws';
import {
  OutriderError,
  clientMessage,
  inputSentence,
  issuesOf,
  problemOf,
  protocolVersion,
  type ClientMessage,
  type ServerMessage,
} from '../../shared/index.ts';
import type { Watch } from '../record/panels.ts';
import { addressOf } from './access.ts';
import { createEventWatch, type EventWatch } from './live-events.ts';
import { createOutbox } from './live-outbox.ts';
import { findingsMessage, type LiveOptions } from './live.ts';
import { createThrottle } from './throttle.ts';

/** One watcher: an editor's window, a browser tab. */
export interface Session {
  /** Sends to a watcher that has said hello; left out while it is slow, since the next one says the same anew. */
  tell(message: ServerMessage): void;
  close(code: number, reason: string): void;
}

const helloMs = 5_000;
const pingMs = 30_000;
/** More than a person clicking fast; a client that loops is cut off. */
const messages = { burst: 200, perSecond: 50, maxSources: 1 };
const maxMalformed = 20;

export function createSession(
  socket: WebSocket,
  request: IncomingMessage,
  options: LiveOptions,
  onClosed: () => void,
): Session {
  const { access, host, panels, recorder, status, nowMs, after, log } = options;
  const outbox = createOutbox(socket, after);
  const throttle = createThrottle(messages, nowMs);
  const address = addressOf(request);
  let isWelcome = false;
  let isAlive = true;
  let malformed = 0;
  let watch: Watch | null = null;
  let events: EventWatch | null = null;
  let cancelTimer = after(helloMs, () => close(1008, 'No hello came in time.'));

  function receive(data: RawData, isBinary: boolean): void {
    if (throttle.isSpent('')) return close(1008, 'Too many messages.');
    throttle.spend('');
    try {
      answer(messageOf(data, isBinary));
    } catch (error) {
      tellProblem(error);
    }
  }

  function answer(message: ClientMessage): void {
    if (!isWelcome) return welcome(message);
    if (message.kind === 'hello') throw new OutriderError('message_invalid', 'Hello was said already.');
    if (message.kind === 'ping') outbox.send({ kind: 'pong' });
    if (message.kind === 'unwatch-events' || message.kind === 'watch-events') events?.close();
    if (message.kind === 'watch-events') {
      const from = message.after ?? recorder.head;
      events = createEventWatch({ recorder, outbox, after: from, prefixes: message.types ?? [] });
    }
    if (message.kind !== 'watch-panels') return;
    if (watch) watch.replace(message.panels);
    else watch = panels.watch(message.panels, outbox.send);
  }

  function welcome(message: ClientMessage): void {
    if (message.kind !== 'hello') throw new OutriderError('message_invalid', 'The first message is hello.');
    access.checkToken(message.token, address);
    isWelcome = true;
    cancelTimer();
    cancelTimer = after(pingMs, ping);
    const { version } = status();
    outbox.send({ kind: 'welcome', protocol: protocolVersion, version, head: recorder.head });
    outbox.send({ kind: 'status', status: status() });
    outbox.send(findingsMessage(host));
  }

  function tellProblem(thrown: unknown): void {
    const { code, title, detail, todo } = problemOf(thrown);
    if (!(thrown instanceof OutriderError)) log.warn('A message failed.', { error: String(thrown) });
    outbox.send({ kind: 'problem', code, title, ...(detail !== undefined && { detail }), todo });
    if (!isWelcome) return close(1008, title);
    malformed += 1;
    if (malformed >= maxMalformed) close(1008, 'Too many malformed messages.');
  }

  // RFC 6455 §5.5.2: a peer that does not answer a ping within the next interval is gone.
  function ping(): void {
    if (!isAlive) return socket.terminate();
    isAlive = false;
    socket.ping();
    cancelTimer = after(pingMs, ping);
  }

  function close(code: number, reason: string): void {
    end();
    outbox.close(code, reason);
  }

  function end(): void {
    cancelTimer();
    watch?.close();
    events?.close();
    watch = events = null;
    onClosed();
  }

  socket.on('message', receive);
  socket.on('pong', () => (isAlive = true));
  socket.on('close', () => {
    end();
    outbox.ended();
  });
  // ws closes the socket itself after an error: too long a message, a broken frame, a reset.
  socket.on('error', (error) => log.info('A watcher was cut off.', { address, reason: error.message }));

  return {
    tell: (message) => void (isWelcome && outbox.send(message)),
    close,
  };
}

function messageOf(data: RawData, isBinary: boolean): ClientMessage {
  if (isBinary) throw new OutriderError('message_invalid', 'Messages are text.');
  const parsed = clientMessage.safeParse(jsonOf(String(data)), { error: inputSentence });
  if (parsed.success) return parsed.data;
  const [first] = issuesOf(parsed.error);
  throw new OutriderError('message_invalid', first && `${first.path}: ${first.message}`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new OutriderError('message_invalid', 'It is not JSON.', { cause });
  }
}
