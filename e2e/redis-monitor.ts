import { once } from 'node:events';
import { connect } from 'node:net';

/** Everything that anybody says to a Redis, from now on. */
export interface RedisMonitor {
  readonly said: () => string;
  stop(): void;
}

/** Redis writes each command it is given to whoever sent MONITOR. */
export async function monitorRedis(url: string): Promise<RedisMonitor> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  const lines: string[] = [];
  socket.on('data', (bytes) => lines.push(String(bytes)));
  socket.write('MONITOR\r\n');
  await once(socket, 'data');
  return { said: () => lines.join(''), stop: () => void socket.destroy() };
}
