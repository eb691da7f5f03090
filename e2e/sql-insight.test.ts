import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { startSidecar, type SidecarProcess } from '../docker/demo/sidecar-process.ts';
import { postgresUrl } from '../scripts/services.ts';
import type { OpenFinding } from '../shared/index.ts';
import { eventually } from './eventually.ts';
import { gatewayClient, type GatewayClient } from './gateway-client.ts';
import { ownDatabase } from './own-database.ts';

/** A backend whose pool has one connection, behind proxy and tap. */
describe('what the SQL of a backend with a pool of one tells', () => {
  const workspace = mkdtempSync(join(tmpdir(), 'outrider-sql-insight-'));
  let database: Awaited<ReturnType<typeof ownDatabase>>;
  let backend: Server;
  let sidecar: SidecarProcess;
  let gateway: GatewayClient;
  let pool: pg.Pool;

  before(async function () {
    this.timeout(120_000);
    database = await ownDatabase(postgresUrl(), 'e2e_sql_insight');
    await withClient(database.url, async (client) => {
      await client.query('CREATE TABLE notes (id serial PRIMARY KEY, owner int, title text, body text)');
      // Random, so that it is stored outside of the row and not compressed away.
      await client.query(
        `INSERT INTO notes (owner, title, body) SELECT 1, 'note ' || n,
           (SELECT string_agg(md5(n::text || m::text), '') FROM generate_series(1, 300) m) FROM generate_series(1, 30) n`,
      );
    });
    backend = createServer((request, response) => void answer(request, response));
    backend.listen(0, '127.0.0.1');
    await new Promise((resolve) => backend.once('listening', resolve));
    // Safe: a server that listens on TCP has an AddressInfo.
    const { port } = backend.address() as AddressInfo;
    const { host } = new URL(database.url);
    sidecar = await startSidecar({
      workspace,
      config: {
        mode: 'observe',
        http: { upstream: `http://127.0.0.1:${port}`, listen: '127.0.0.1:0' },
        sql: { upstream: host, listen: '127.0.0.1:0' },
        gateway: { listen: '127.0.0.1:0' },
        record: { databaseUrl: database.url },
        plugins: [{ plugin: 'slow-queries' }],
      },
    });
    gateway = gatewayClient(sidecar.gateway, readFileSync(sidecar.tokenFile, 'utf8').trim());
    const throughTap = new URL(database.url);
    throughTap.host = sidecar.sql ?? '';
    pool = new pg.Pool({ connectionString: throughTap.href, max: 1 });
  });
  after(async () => {
    await pool?.end();
    await sidecar?.stop();
    backend?.close();
    await database?.drop();
    rmSync(workspace, { recursive: true, force: true });
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const tag = `/*traceparent='${String(request.headers['traceparent'])}'*/`;
    const send = (body: unknown): void =>
      void response.setHeader('content-type', 'application/json').end(JSON.stringify(body));
    if (request.url === '/ping') return send({ ok: true });
    if (request.url === '/hold') {
      const client = await pool.connect();
      await client.query('BEGIN');
      await client.query(`SELECT pg_sleep(2) ${tag}`);
      await client.query('COMMIT');
      client.release();
      return send({});
    }
    if (request.url === '/late') return send((await pool.query(`SELECT 1 AS one ${tag}`)).rows);
    const columns = request.url === '/whole' ? 'id, title, body' : '*';
    const { rows } = await pool.query<{ id: number; title: string; body: string }>(
      `SELECT ${columns} FROM notes WHERE owner = $1 ORDER BY id LIMIT 10 ${tag}`,
      [1],
    );
    send({ notes: request.url === '/whole' ? rows : rows.map(({ id, title }) => ({ id, title })) });
  }

  const ask = async (path: string): Promise<void> => {
    const response = await fetch(`${sidecar.http}${path}`);
    assert.equal(response.status, 200, path);
    await response.arrayBuffer();
  };
  const findingOf = async (rule: string): Promise<OpenFinding | undefined> =>
    (await gateway.findings()).find((finding) => finding.rule === rule);

  it('is over-fetch, where rows are read with a column that no reply carries, told with the narrower SELECT', async () => {
    const found = await eventually('a finding of over-fetch', async () => {
      await ask('/notes');
      await ask('/whole');
      return findingOf('slow-queries/over-fetch');
    });
    assert.match(found.title, /^\d+ % of what it reads, \d+ kB a request, is never sent: body$/);
    assert.match(
      found.advice,
      /Suggested: SELECT id, owner, title FROM notes WHERE owner = \$1 ORDER BY id LIMIT 10/,
    );
    assert.match(found.advice, /exchanges of GET \/notes: 10 rows/);
    assert.match(
      JSON.stringify(await gateway.view('slow-queries/over-fetch')),
      /body \(9\.\d kB\)|body \(9 kB\)/,
    );
    const all = (await gateway.findings()).filter(({ rule }) => rule === 'slow-queries/over-fetch');
    assert.equal(all.length, 1, 'the route that sends the column is left alone');
  });

  it('is waiting for the pool, where another request holds the one connection and others are answered', async () => {
    const held = ask('/hold');
    await eventually('the connection to be taken', () => pool.idleCount === 0 && pool.totalCount === 1);
    const late = ask('/late');
    await eventually('the late request to wait', () => pool.waitingCount === 1);
    await ask('/ping');
    await Promise.all([held, late]);
    const found = await eventually('a finding of waiting', () => findingOf('slow-queries/pool-wait'));
    assert.match(found.title, /^GET \/late waited \d/);
    assert.match(found.advice, /the one connection seen was held by other requests; "SELECT 1 AS one/);
    assert.match(found.advice, /gave it back/);
    assert.match(
      JSON.stringify(await gateway.view('slow-queries/waits')),
      /GET \/late waited .* for one of 1 connections/,
    );
  });
});

async function withClient(url: string, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await work(client).finally(() => client.end());
}
