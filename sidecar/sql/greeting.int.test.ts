import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, it } from 'mocha';
import pg from 'pg';
import { freePort, postgresUrl } from '../../scripts/services.ts';
import { frame } from './frames.ts';
import { RawClient } from './raw-client.ts';
import { tapUnderTest, until, untilAsleep, type TapUnderTest } from './tap-under-test.ts';
import { client as message, int32, server as reply, string } from './transcript.ts';

describe('the door of the SQL tap', () => {
  let tapped: TapUnderTest;
  const directory = mkdtempSync(join(tmpdir(), 'outrider-tap-'));
  const certificate = { certFile: join(directory, 'cert.pem'), keyFile: join(directory, 'key.pem') };

  before(() => {
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
    const files = ['-keyout', certificate.keyFile, '-out', certificate.certFile];
    execFileSync('openssl', ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...subject, ...files], {
      stdio: 'pipe',
    });
  });
  after(() => rmSync(directory, { recursive: true }));
  afterEach(() => tapped.close());

  it('tells a client that asks for TLS no, and says so in the log when it leaves for that', async () => {
    tapped = await tapUnderTest(postgresUrl());
    await assert.rejects(tapped.connect({ ssl: { rejectUnauthorized: false } }), /does not support SSL/);
    await until(() => tapped.warnings.length > 0, 'a warning');
    assert.match(tapped.warnings[0] ?? '', /sslmode=require/);
  });

  it('ends TLS with its certificate, and the statements inside are told', async () => {
    tapped = await tapUnderTest(postgresUrl(), { tls: { mode: 'terminate', ...certificate } });
    const client = await tapped.connect({ ssl: { rejectUnauthorized: false } });
    const { rows } = await client.query("SELECT repeat('x', 100) AS inside FROM generate_series(1, 10000)");
    assert.equal(rows.length, 10_000);
    tapped.guard = () => ({ allow: false, reason: 'no' });
    await assert.rejects(client.query('SELECT 1'), { code: '42501' });
    await client.end();
    await tapped.told('inside');
    const plain = await tapped.connect();
    await plain.end();
  });

  it('refuses bytes that were put before the TLS handshake', async () => {
    tapped = await tapUnderTest(postgresUrl(), { tls: { mode: 'terminate', ...certificate } });
    const raw = new RawClient(tapped.port);
    raw.send(int32(8), int32(80877103), Buffer.from('stuffing'));
    await until(() => raw.isClosed, 'the connection is closed');
    assert.match(raw.errors()[0]?.message ?? '', /unencrypted data after SSL request/);
  });

  it('takes TLS that begins without asking', async () => {
    tapped = await tapUnderTest(postgresUrl(), { tls: { mode: 'terminate', ...certificate } });
    const { connect } = await import('node:tls');
    const options = { port: tapped.port, host: '127.0.0.1', rejectUnauthorized: false };
    const socket = connect({ ...options, ALPNProtocols: ['postgresql'] });
    let answer = '';
    socket.on('data', (chunk: Buffer) => (answer += chunk.toString('latin1')));
    const body = Buffer.concat([int32(0x30000), ...['user', 'outrider', ''].map(string)]);
    socket.write(Buffer.concat([int32(body.length + 4), body]));
    await until(() => answer.includes('SCRAM-SHA-256'), 'an authentication request');
    socket.destroy();
  });

  it('says no to GSS encryption and goes on', async () => {
    tapped = await tapUnderTest(postgresUrl());
    const raw = new RawClient(tapped.port);
    const [answer] = await new Promise<Buffer[]>((resolve) => {
      raw.socket.removeAllListeners('data');
      raw.socket.once('data', (chunk: Buffer) => resolve([chunk]));
      raw.send(int32(8), int32(80877104));
    });
    assert.equal(answer?.toString(), 'N');
    raw.socket.destroy();
  });

  it('speaks protocol 3.2 as far as the server does', async () => {
    tapped = await tapUnderTest(postgresUrl());
    const raw = new RawClient(tapped.port);
    await raw.login(postgresUrl(), { version: 0x30002 });
    raw.send(message.query('SELECT 1 AS newer'));
    assert.equal(await raw.ready(), 'T D C ZI');
    await tapped.told('newer');
    raw.end();
  });

  it('passes replication connections undecoded', async () => {
    tapped = await tapUnderTest(postgresUrl());
    const raw = new RawClient(tapped.port);
    await raw.login(postgresUrl(), { more: ['replication', 'database'] });
    assert.equal(tapped.tap.stats.opaqueConnections, 1);
    raw.send(message.query('IDENTIFY_SYSTEM'));
    assert.equal(await raw.ready(), 'T D C ZI');
    raw.end();
    await until(() => tapped.tap.stats.connections === 0, 'the connection is gone');
    assert.deepEqual(tapped.finished, []);
  });

  it('answers 08006 when PostgreSQL is not there', async () => {
    tapped = await tapUnderTest(postgresUrl(), { upstream: `127.0.0.1:${await freePort()}` });
    await assert.rejects(tapped.connect(), {
      code: '08006',
      severity: 'FATAL',
      message: /does not accept connections/,
    });
    assert.equal(tapped.tap.stats.connections, 0);
  });

  it('answers 53300 above its limit of connections, and cancel requests still pass', async () => {
    tapped = await tapUnderTest(postgresUrl(), { connections: 2 });
    const two = [await tapped.connect(), await tapped.connect()];
    await assert.rejects(tapped.connect(), { code: '53300' });
    const sleeping = two[0]?.query('SELECT pg_sleep(30)') ?? Promise.resolve();
    // Safe: node-postgres has these fields of BackendKeyData, its types do not tell.
    const { processID, secretKey } = two[0] as unknown as { processID: number; secretKey: number };
    await untilAsleep(two[1], processID);
    new RawClient(tapped.port).send(int32(16), int32(80877102), int32(processID), int32(secretKey));
    await assert.rejects(sleeping, { code: '57014' });
    await two[0]?.end();
    await until(() => tapped.tap.stats.connections === 1, 'one is gone');
    await (await tapped.connect()).end();
    await two[1]?.end();
  });

  it('turns garbage away with a PostgreSQL error and stays up', async () => {
    tapped = await tapUnderTest(postgresUrl(), { connectSeconds: 1 });
    const garbage = ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\0\0\0\0\0\0\0\0', '\u00ff'.repeat(100), '\0\0'];
    for (const bytes of garbage) {
      const raw = new RawClient(tapped.port);
      raw.send(Buffer.from(bytes, 'latin1'));
      await until(() => raw.isClosed, `closed after ${JSON.stringify(bytes)}`);
      assert.equal(raw.errors()[0]?.sqlstate, '08P01');
    }
    const client = await tapped.connect();
    await client.query('SELECT 1');
    await client.end();
  });

  it('passes the bytes of a server it does not understand, and counts the connection as opaque', async () => {
    const server = createServer((socket: Socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => {
        socket.write(Buffer.concat([frame('R', int32(0)), reply.ready()]));
        socket.on('data', () => socket.write(Buffer.concat([frame('~'), reply.ready()])));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    tapped = await tapUnderTest(postgresUrl(), { upstream: `127.0.0.1:${port}` });
    const raw = new RawClient(tapped.port);
    const body = Buffer.concat([int32(0x30000), ...['user', 'x', ''].map(string)]);
    raw.send(int32(body.length + 4), body);
    assert.equal(await raw.ready(), 'R ZI');
    raw.send(message.query('SELECT 1'));
    assert.equal(await raw.ready(), '~ ZI');
    await until(() => tapped.tap.stats.opaqueConnections === 1, 'it is opaque');
    raw.send(message.query('SELECT 2'));
    assert.equal(await raw.ready(), '~ ZI');
    raw.end();
    server.close();
  });

  it('ends the client when the server goes away, and the server when the client does', async () => {
    tapped = await tapUnderTest(postgresUrl());
    const client = await tapped.connect();
    const direct = new pg.Client({ connectionString: postgresUrl() });
    await direct.connect();
    const { processID } = client as unknown as { processID: number };
    const ended = new Promise((resolve) => client.once('end', resolve));
    await direct.query('SELECT pg_terminate_backend($1)', [processID]);
    await ended;
    const other = new RawClient(tapped.port);
    await other.login(postgresUrl());
    other.socket.resetAndDestroy();
    await until(() => tapped.tap.stats.connections === 0, 'both are gone');
    await direct.end();
  });
});
