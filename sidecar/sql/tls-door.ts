import { readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { createServer } from 'node:tls';
import type { Log } from '../../shared/index.ts';
import type { SqlConfig } from '../config-schema.ts';

/** Takes a client's socket into TLS. */
export type TlsDoor = (socket: Socket) => void;

/**
 * Ends the clients' TLS with the configured certificate; null when TLS is refused. PostgreSQL is not asked for channel
 * binding (SCRAM-SHA-256-PLUS), since it would be to another certificate. Throws when a file cannot be read.
 */
export function createTlsDoor(
  { tls, connectSeconds }: SqlConfig,
  log: Log,
  secured: (socket: Socket) => void,
): TlsDoor | null {
  if (tls.mode === 'refuse') return null;
  const server = createServer({
    cert: readFileSync(tls.certFile),
    key: readFileSync(tls.keyFile),
    ALPNProtocols: ['postgresql'],
    handshakeTimeout: connectSeconds * 1000,
    allowHalfOpen: true,
  });
  server.on('secureConnection', (socket) => {
    socket.on('error', () => undefined);
    secured(socket);
  });
  server.on('tlsClientError', (error, socket) => {
    log.warn('A TLS handshake with a client of the SQL tap failed.', { why: error.message });
    socket.destroy();
  });
  return (socket) => void server.emit('connection', socket);
}
