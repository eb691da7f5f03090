import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { OutriderError, type Log } from '../../shared/index.ts';
import type { GatewayConfig } from '../config-schema.ts';
import { createThrottle } from './throttle.ts';

/** Who may talk to the gateway at all. Every check throws what the caller is to be told. */
export interface Access {
  /**
   * Host and Origin. A page of the web whose name was pointed at this machine (DNS rebinding) sends its own Host; one
   * that just tries sends its own Origin. Throws `host_refused` or `origin_refused`.
   */
  checkOrigin(request: IncomingMessage): void;
  /** The origin to name in CORS headers: only one that was configured, never the gateway's own. */
  corsOrigin(request: IncomingMessage): string | undefined;
  /** `Authorization: Bearer …`. Throws `token_required`, `token_wrong` or `source_throttled`. */
  checkBearer(request: IncomingMessage): void;
  /** Throws `token_wrong` or `source_throttled`. */
  checkToken(given: string, address: string): void;
}

export interface AccessOptions {
  readonly config: Pick<GatewayConfig, 'hosts' | 'origins' | 'listen'>;
  readonly token: string;
  readonly nowMs: () => number;
  readonly log: Log;
}

/** Wrong tokens from one address: more than a forgetful editor that asks each second, far too few to guess. */
const failures = { burst: 20, perSecond: 2, maxSources: 1_000 };

export function createAccess({ config, token, nowMs, log }: AccessOptions): Access {
  const expected = digestOf(token);
  const throttle = createThrottle(failures, nowMs);
  const hosts = new Set(['localhost', '127.0.0.1', '[::1]', ...config.hosts.map(hostnameOf)]);
  const listened = hostnameOf(config.listen);
  if (listened) hosts.add(listened);
  const origins = new Set(config.origins.map((origin) => origin.replace(/\/$/, '')));

  function checkToken(given: string, address: string): void {
    if (throttle.isSpent(address)) throw new OutriderError('source_throttled');
    // Digests have one length, so the comparison tells nothing about the token's.
    if (timingSafeEqual(digestOf(given), expected)) return;
    throttle.spend(address);
    log.warn('A wrong gateway token was refused.', { address });
    throw new OutriderError('token_wrong');
  }

  return {
    checkOrigin(request) {
      const host = hostnameOf(request.headers.host ?? '');
      // The address of the connection itself cannot be a name somebody else controls.
      if (!hosts.has(host) && host !== ownAddress(request)) throw new OutriderError('host_refused');
      const { origin } = request.headers;
      if (origin === undefined || origins.has(origin) || isOwn(origin, request)) return;
      throw new OutriderError('origin_refused');
    },
    corsOrigin({ headers: { origin } }) {
      return origin !== undefined && origins.has(origin) ? origin : undefined;
    },
    checkBearer(request) {
      const [, given] = /^Bearer +(\S+) *$/i.exec(request.headers.authorization ?? '') ?? [];
      if (given === undefined) throw new OutriderError('token_required');
      checkToken(given, addressOf(request));
    },
    checkToken,
  };
}

export function addressOf(request: IncomingMessage): string {
  return request.socket.remoteAddress ?? 'unknown';
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

/** Without the port: behind a tunnel or a published container port it is another one. */
function hostnameOf(host: string): string {
  return host.toLowerCase().replace(/:\d*$/, '');
}

function ownAddress({ socket }: IncomingMessage): string {
  const address = (socket.localAddress ?? '').replace(/^::ffff:/, '');
  return address.includes(':') ? `[${address}]` : address;
}

/** Whether a page the gateway served itself asks: its origin's host and port are those it was reached by. */
function isOwn(origin: string, { headers: { host } }: IncomingMessage): boolean {
  return origin === `http://${host}` || origin === `https://${host}`;
}
