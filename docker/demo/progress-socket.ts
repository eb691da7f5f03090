import type { Server } from 'node:http';
import { WebSocketServer } from 'ws';

const progressMs = 200;

/** `/ws/executions/:id` tells the progress of an execution and echoes what it is sent. */
export function acceptSockets(server: Server): { close(): void } {
  const sockets = new WebSocketServer({ server, maxPayload: 1024 * 1024 });
  sockets.on('connection', (socket, request) => {
    let percent = 0;
    const timer = setInterval(() => {
      percent += 10;
      socket.send(JSON.stringify({ path: request.url, percent }));
      if (percent >= 100) socket.close(1000);
    }, progressMs);
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('error', () => socket.terminate());
    socket.once('close', () => clearInterval(timer));
  });
  return {
    close() {
      for (const socket of sockets.clients) socket.terminate();
      sockets.close();
    },
  };
}
