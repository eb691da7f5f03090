import { connect as connectSocket, createServer, type Server, type Socket } from 'node:net';

/** A way to a server that can be closed. */
export interface Gate {
  readonly url: string;
  open(): void;
  /** Resets every connection, new ones too. */
  shut(): void;
  /** Keeps connections and says nothing. */
  hang(): void;
  close(): Promise<void>;
}

/** Relays a port of its own to the host and port of a URL. */
export async function openGate(target: URL): Promise<Gate> {
  let mode: 'open' | 'shut' | 'hang' = 'open';
  const sockets = new Set<Socket>();
  const server: Server = createServer((client) => {
    if (mode === 'shut') return void client.resetAndDestroy();
    const upstream = connectSocket(Number(target.port), target.hostname);
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (bytes) => void (mode === 'open' && upstream.write(bytes)));
    upstream.on('data', (bytes) => void (mode === 'open' && client.write(bytes)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const dropAll = (): void => sockets.forEach((socket) => socket.destroy());
  return {
    url: throughPort(target, port),
    open: () => void ((mode = 'open'), dropAll()),
    shut: () => void ((mode = 'shut'), dropAll()),
    hang: () => void (mode = 'hang'),
    close: async () => {
      dropAll();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function throughPort(target: URL, port: number): string {
  const url = new URL(target);
  url.hostname = '127.0.0.1';
  url.port = String(port);
  return url.href;
}
