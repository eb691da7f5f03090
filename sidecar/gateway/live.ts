import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import { OutriderError, type Log, type ServerMessage, type Status } from '../../shared/index.ts';
import type { GatewayConfig } from '../config-schema.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import type { Panels } from '../record/panels.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Access } from './access.ts';
import { createSession, type Session } from './live-session.ts';

/** The live WebSocket at `/live`: `shared/protocol.ts` says what is said there. */
export interface LiveServer {
  /** Takes over an upgrade whose Host and Origin were checked. Throws `overloaded` when there are sockets enough. */
  accept(request: IncomingMessage, socket: Duplex, head: Buffer): void;
  /** Tells every watcher that the sidecar stops. */
  close(): void;
}

export interface LiveOptions {
  readonly config: Pick<GatewayConfig, 'sockets'>;
  readonly access: Pick<Access, 'checkToken'>;
  readonly host: Pick<PluginHost, 'findings' | 'onChanged'>;
  readonly panels: Pick<Panels, 'watch'>;
  readonly recorder: Pick<Recorder, 'subscribe' | 'head'>;
  readonly status: () => Status;
  readonly nowMs: () => number;
  readonly after: (ms: number, call: () => void) => () => void;
  readonly log: Log;
}

const statusMs = 1_000;
/** Findings may change many times a second; they are sent whole, so not more often than this. */
const findingsMs = 250;
/** A client's message is a few hundred bytes: 64 names of panels are the longest. */
const maxMessageBytes = 64 * 1024;

export function createLive(options: LiveOptions): LiveServer {
  const { config, host, status, after } = options;
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
    clientTracking: false,
  });
  const sessions = new Set<Session>();
  let cancelStatus: (() => void) | null = null;
  let cancelFindings: (() => void) | null = null;

  function tellAll(message: ServerMessage): void {
    for (const session of sessions) session.tell(message);
  }

  function pushStatus(): void {
    cancelStatus = null;
    if (sessions.size === 0) return;
    tellAll({ kind: 'status', status: status() });
    cancelStatus = after(statusMs, pushStatus);
  }

  function pushFindings(): void {
    cancelFindings = null;
    tellAll(findingsMessage(host));
  }

  const endOnChanged = host.onChanged((what) => {
    if (what === 'plugins') tellAll({ kind: 'plugins-changed' });
    else cancelFindings ??= after(findingsMs, pushFindings);
  });

  return {
    accept(request, socket, head) {
      if (sessions.size >= config.sockets) {
        throw new OutriderError('overloaded', `${config.sockets} sockets are open (gateway.sockets).`);
      }
      sockets.handleUpgrade(request, socket, head, (opened) => {
        const session = createSession(opened, request, options, () => sessions.delete(session));
        sessions.add(session);
        cancelStatus ??= after(statusMs, pushStatus);
      });
    },
    close() {
      endOnChanged();
      cancelStatus?.();
      cancelFindings?.();
      for (const session of sessions) session.close(1001, 'The sidecar is stopping.');
      sockets.close();
    },
  };
}

export function findingsMessage(host: Pick<PluginHost, 'findings'>): ServerMessage {
  return { kind: 'findings', findings: [...host.findings()] };
}
