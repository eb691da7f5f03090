import { strict as assert } from 'node:assert';
import { once } from 'node:events';
import { connect, createServer, Socket, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, it } from 'mocha';
import { readClient, type ClientSocket } from './client-socket.ts';

describe('a client socket', () => {
  let server: Server;
  let client: Socket;
  afterEach(() => {
    client.destroy();
    server.close();
  });

  /** A connection and what was taken from it so far. */
  async function given(): Promise<{ readonly accepted: ClientSocket; readonly taken: Buffer[] }> {
    const taken: Buffer[] = [];
    server = createServer({ pauseOnConnect: true }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    // Safe: a server that listens on TCP has such an address.
    const { port } = server.address() as AddressInfo;
    const arrived = once(server, 'connection');
    client = connect(port, '127.0.0.1');
    const [socket] = (await arrived) as [Socket];
    return { accepted: readClient(socket, (piece) => taken.push(Buffer.from(piece))), taken };
  }

  async function until(holds: () => boolean): Promise<void> {
    while (!holds()) await new Promise((resolve) => setImmediate(resolve));
  }

  it('gives what arrives to its reader, and sends', async () => {
    const { accepted, taken } = await given();
    client.write('ping');
    await until(() => taken.length > 0);
    accepted.socket.write('pong');
    assert.equal(String((await once(client, 'data'))[0]), 'pong');
    assert.equal(Buffer.concat(taken).toString(), 'ping');
  });

  it('is a stream once it is asked to be, and hears that its client left while it is paused', async () => {
    const { accepted, taken } = await given();
    accepted.toStream();
    accepted.socket.pause();
    client.write('ping');
    await until(() => accepted.socket.readableLength > 0);
    accepted.socket.resume();
    assert.equal(String((await once(accepted.socket, 'data'))[0]), 'ping');
    assert.equal(taken.length, 0);
    accepted.socket.pause();
    let isClosed = false;
    accepted.socket.on('error', () => undefined).on('close', () => (isClosed = true));
    client.resetAndDestroy();
    await until(() => isClosed);
  });

  it('is counted by the server that accepted it until it closes', async () => {
    const { accepted } = await given();
    const closed = once(server, 'close');
    server.close();
    accepted.socket.destroy();
    await closed;
  });

  it('is read as a stream where its handle cannot be moved', () => {
    const taken: string[] = [];
    const plain = new Socket();
    server = createServer();
    client = plain;
    const { toStream } = readClient(plain, (piece) => taken.push(String(piece)));
    plain.emit('data', Buffer.from('ping'));
    toStream();
    plain.emit('data', Buffer.from('pong'));
    assert.deepEqual(taken, ['ping']);
  });
});
