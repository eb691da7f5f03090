import {
  protocolVersion,
  serverMessage,
  type ClientMessage,
  type ServerMessage,
} from '../../shared/protocol.ts';
import type { OpenSocket, Socket, Timing } from './socket.ts';

/** How the connection is, for a person. */
export type ConnectionState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'live' }
  /** Lost; tried again by itself. */
  | { readonly kind: 'waiting'; readonly reason: string }
  /** Refused for good: another token or another version is needed. */
  | { readonly kind: 'refused'; readonly reason: string; readonly code: string }
  | { readonly kind: 'closed' };

export interface LiveConnection {
  /** Replaces the panels watched before; also after a reconnect. */
  watchPanels(panels: readonly string[]): void;
  /** Events from now on; after a reconnect the stream goes on where it stopped. */
  watchEvents(types?: readonly string[]): void;
  unwatchEvents(): void;
  close(): void;
}

export interface LiveOptions {
  /** The gateway's address, `http://127.0.0.1:7070`. */
  readonly gateway: string;
  readonly token: string;
  readonly openSocket: OpenSocket;
  readonly timing: Timing;
  onMessage(message: ServerMessage): void;
  onState(state: ConnectionState): void;
}

/** The gateway says something every second: silence this long means the connection is half open. */
const silenceLimitMs = 20_000;
const firstRetryMs = 250;
const longestRetryMs = 10_000;
const refusals = new Set(['token_required', 'token_wrong', 'host_refused', 'origin_refused']);

/** A live WebSocket that comes back by itself and asks again for what was watched. */
export function connectLive(options: LiveOptions): LiveConnection {
  const { timing } = options;
  let socket: Socket | null = null;
  let isWelcome = false;
  let isClosed = false;
  let failures = 0;
  let panels: readonly string[] = [];
  let events: { types?: readonly string[]; after: number | null } | null = null;
  let cancelTimer = () => {};

  open();
  return { watchPanels, watchEvents, unwatchEvents, close };

  function open() {
    options.onState({ kind: 'connecting' });
    const opened = options.openSocket(liveUrl(options.gateway));
    socket = opened;
    isWelcome = false;
    // What an older socket still says is not heard.
    const current = <A extends unknown[]>(call: (...args: A) => void) => {
      return (...args: A) => void (socket === opened && call(...args));
    };
    opened.addEventListener(
      'open',
      current(() => send({ kind: 'hello', protocol: protocolVersion, token: options.token })),
    );
    opened.addEventListener(
      'message',
      current((event: { readonly data: unknown }) => receive(String(event.data))),
    );
    opened.addEventListener('close', current(lost));
    opened.addEventListener('error', current(lost));
    watchSilence();
  }

  function receive(text: string) {
    watchSilence();
    const parsed = parseMessage(text);
    if (parsed === null) return;
    if (parsed.kind === 'welcome') welcome();
    if (parsed.kind === 'events') rememberPosition(parsed.events);
    if (parsed.kind === 'problem' && !isWelcome && refusals.has(parsed.code)) return refuse(parsed);
    options.onMessage(parsed);
  }

  function welcome() {
    isWelcome = true;
    failures = 0;
    options.onState({ kind: 'live' });
    if (panels.length > 0) watchPanels(panels);
    if (events !== null) sendEvents();
  }

  function refuse(problem: { readonly code: string; readonly title: string; readonly todo: string }) {
    isClosed = true;
    drop();
    options.onState({ kind: 'refused', code: problem.code, reason: `${problem.title} ${problem.todo}` });
  }

  function lost() {
    drop();
    if (isClosed) return;
    const longest = Math.min(longestRetryMs, firstRetryMs * 2 ** failures);
    failures += 1;
    options.onState({ kind: 'waiting', reason: `${options.gateway} does not answer.` });
    // Half to all of the time, so that many editors do not come back at once.
    cancelTimer = timing.after(longest * (0.5 + timing.random() / 2), open);
  }

  function drop() {
    cancelTimer();
    const dropped = socket;
    socket = null;
    isWelcome = false;
    dropped?.close();
  }

  function watchSilence() {
    cancelTimer();
    cancelTimer = timing.after(silenceLimitMs, lost);
  }

  function rememberPosition(received: readonly { readonly position: number }[]) {
    if (events === null) return;
    for (const { position } of received)
      if (position > 0) events.after = Math.max(events.after ?? 0, position);
  }

  function send(message: ClientMessage) {
    socket?.send(JSON.stringify(message));
  }

  function sendEvents() {
    if (events === null || !isWelcome) return;
    const types = events.types === undefined ? {} : { types: [...events.types] };
    send({ kind: 'watch-events', after: events.after, ...types });
  }

  function watchPanels(wanted: readonly string[]) {
    panels = wanted;
    if (isWelcome) send({ kind: 'watch-panels', panels: [...wanted] });
  }

  function watchEvents(types?: readonly string[]) {
    events = { after: null, ...(types !== undefined && { types }) };
    sendEvents();
  }

  function unwatchEvents() {
    events = null;
    if (isWelcome) send({ kind: 'unwatch-events' });
  }

  function close() {
    isClosed = true;
    drop();
    options.onState({ kind: 'closed' });
  }
}

export function liveUrl(gateway: string): string {
  const url = new URL('/live', gateway);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  return url.href;
}

/** Null for what this version of the protocol does not know: a newer gateway may say more. */
function parseMessage(text: string): ServerMessage | null {
  try {
    const parsed = serverMessage.safeParse(JSON.parse(text));
    return parsed.success ? parsed.data : null;
  } catch {
    return null;
  }
}
