import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { postgresUrl } from '../scripts/services.ts';
import { main } from './main.ts';

const binary = fileURLToPath(new URL('bin/outrider.mjs', import.meta.url));

interface Listening {
  readonly http: string;
  readonly sql: string;
  readonly gateway: string;
  readonly tokenFile: string;
  readonly dataDir: string;
  readonly pid: number;
}

describe('the sidecar as a process', function () {
  this.timeout(60_000);
  const database = `outrider_sidecar_${process.pid}`;
  let workspace = '';
  let backend: Server;
  let child: ChildProcess | undefined;
  let listening: Listening;
  let errors = '';
  /** What the backend waits for before it answers `/slow`. */
  let finishSlow: () => void = () => undefined;

  const databaseUrl = (name: string) => Object.assign(new URL(postgresUrl()), { pathname: `/${name}` }).href;

  before(async () => {
    workspace = await mkdtemp(join(tmpdir(), 'outrider-process-'));
    await onServer(`CREATE DATABASE ${database}`);
    backend = createServer((request, response) => void answer(request.url ?? '', response));
    backend.listen(0, '127.0.0.1');
    await once(backend, 'listening');
    await writeFile(join(workspace, 'outrider.config.yaml'), configOf(backend));
    await writeFile(join(workspace, 'no-secrets.mjs'), ownPlugin);
    ({ child, listening } = await started());
  });

  after(async () => {
    if (child && child.exitCode === null && child.signalCode === null) {
      const exited = once(child, 'exit');
      child.kill('SIGKILL');
      await exited;
    }
    backend.closeAllConnections();
    backend.close();
    await onServer(`DROP DATABASE IF EXISTS ${database} WITH (FORCE)`);
    await rm(workspace, { recursive: true });
  });

  async function onServer(statement: string): Promise<void> {
    const client = new pg.Client({ connectionString: postgresUrl() });
    await client.connect();
    await client.query(statement);
    await client.end();
  }

  async function answer(url: string, response: import('node:http').ServerResponse): Promise<void> {
    if (url === '/slow') await new Promise<void>((resolve) => (finishSlow = resolve));
    if (url.startsWith('/agents')) {
      const through = new URL(databaseUrl(database));
      through.host = listening.sql;
      const client = new pg.Client({ connectionString: through.href });
      await client.connect();
      await client.query('SELECT $1::int AS agent', [7]);
      await client.end();
    }
    response.end('from the backend');
  }

  const configOf = (server: Server) => `
mode: observe
http: { upstream: "http://127.0.0.1:${portOf(server)}", listen: "127.0.0.1:0" }
sql: { upstream: "${new URL(postgresUrl()).host}", listen: "127.0.0.1:0", inspectUrl: "${databaseUrl(database)}" }
gateway: { listen: "127.0.0.1:0" }
record: { databaseUrl: "${databaseUrl(database)}" }
plugins: [{ plugin: ./no-secrets.mjs, mode: enforce }]
`;

  /** A plugin of somebody else's, without any import. */
  const ownPlugin = `export default {
  name: 'no-secrets', summary: 'Nobody may ask for /secret.', uses: {},
  config: { safeParse: (data) => ({ success: true, data }) },
  setup: () => ({ guard: { onFailure: 'deny', match: { paths: /^\\/secret/ },
    check: () => ({ allow: false, code: 'guard_denied', status: 403, reason: 'It is a secret.' }) } }),
};
`;

  async function started(...flags: readonly string[]) {
    const process_ = spawn(process.execPath, [binary, ...flags], {
      cwd: workspace,
      env: { ...process.env, NODE_OPTIONS: '' },
    });
    process_.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    const exited = once(process_, 'exit').then(([code]) => {
      throw new Error(`It exited with ${String(code)}:\n${errors}`);
    });
    exited.catch(() => undefined);
    const [line] = (await Promise.race([
      once(createInterface({ input: process_.stdout }), 'line'),
      exited,
    ])) as [string];
    return { child: process_, listening: JSON.parse(line) as Listening };
  }

  async function outrider(...tokens: readonly string[]): Promise<string> {
    let out = '';
    let problem = '';
    const console = {
      cwd: workspace,
      env: {},
      out: (text: string) => void (out += text),
      error: (text: string) => void (problem += text),
    };
    assert.equal(await main(tokens, console), 0, problem);
    return out;
  }

  async function eventually<T>(look: () => Promise<T | undefined>): Promise<T> {
    const until = Date.now() + 10_000;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > until) throw new Error(`It did not happen within 10 s.\n${errors}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }

  type Event = {
    readonly type: string;
    readonly data: Record<string, unknown>;
    readonly exchangeId: string | null;
  };
  async function events(...types: readonly string[]): Promise<readonly Event[]> {
    const text = await outrider('log', 'read', '--types', types.join(','), '--json');
    return (JSON.parse(text) as { events: Event[] }).events;
  }

  it('says where it listens, and keeps its files to its owner', async () => {
    assert.match(listening.http, /^http:\/\/127\.0\.0\.1:\d+$/);
    assert.match(listening.sql, /^127\.0\.0\.1:\d+$/);
    const modes = await Promise.all(
      [listening.dataDir, listening.tokenFile, join(listening.dataDir, 'sidecar.json')].map(
        async (path) => (await stat(path)).mode & 0o777,
      ),
    );
    assert.deepEqual(modes, [0o700, 0o600, 0o600]);
    const announced: unknown = JSON.parse(await readFile(join(workspace, '.outrider/sidecar.json'), 'utf8'));
    assert.deepEqual(announced, { ...(announced as object), gateway: listening.gateway, pid: listening.pid });
  });

  it('carries a request and its statement, and joins them in the log', async () => {
    const answered = await fetch(`${listening.http}/agents/7?token=abc`);
    assert.deepEqual([answered.status, await answered.text()], [200, 'from the backend']);
    const [request, statement] = await eventually(async () => {
      const found = await events('http/finished', 'sql/finished');
      const http = found.find(({ type }) => type === 'http/finished');
      const sql = found.find(
        ({ type, data }) => type === 'sql/finished' && String(data['text']).includes('AS agent'),
      );
      return http && sql ? ([http, sql] as const) : undefined;
    });
    assert.equal(request.data['target'], '/agents/7?token=[redacted]');
    assert.equal(request.data['route'], '/agents/:id');
    assert.equal(statement.exchangeId, request.exchangeId);
    const timeline = await outrider('exchange', 'open', String(request.exchangeId));
    assert.match(timeline, /GET \/agents\/7[^]*SELECT \$1::int AS agent/);
  });

  it('refuses only what an enforcing plugin refuses, and tells', async () => {
    const refused = await fetch(`${listening.http}/secret`);
    assert.equal(refused.status, 403);
    const plain = await fetch(`${listening.http}/open`);
    assert.equal(plain.status, 200);
    const denied = await eventually(async () =>
      (await events('guard/denied')).find(({ data }) => data['plugin'] === 'no-secrets'),
    );
    assert.equal(denied.data['isEnforced'], true);
  });

  it('creates a key from the command line, audited without the key', async () => {
    const created = JSON.parse(await outrider('keys', 'create', '--label', 'ci', '--json')) as {
      key: string;
    };
    assert.match(await outrider('keys', 'list'), /ci/);
    const audits = await events('command/run');
    const audit = audits.find(({ data }) => data['command'] === 'api-keys/create');
    assert.equal(audit?.data['outcome'], 'done');
    assert.equal(JSON.stringify(audits).includes(created.key), false);
  });

  it('changes the mode of a plugin at run time, and reloads it', async () => {
    await outrider('plugins', 'set-mode', 'no-secrets', 'observe');
    const passed = await fetch(`${listening.http}/secret`);
    assert.equal(passed.status, 200);
    await outrider('plugins', 'reload', 'no-secrets');
    assert.match(await outrider('status'), /is ready/);
  });

  it('exits with 1 and a sentence when a port is taken', async () => {
    const other = createTcpServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const second = spawn(
      process.execPath,
      [binary, '--data-dir', 'second', '--listen', `127.0.0.1:${portOf(other)}`],
      { cwd: workspace, env: { ...process.env, NODE_OPTIONS: '' } },
    );
    let text = '';
    second.stderr.on('data', (chunk: Buffer) => (text += chunk.toString()));
    const [code] = (await once(second, 'exit')) as [number];
    other.close();
    assert.equal(code, 1);
    assert.match(text, /outrider: An address to listen on is taken\./);
  });

  it('drains on SIGTERM: the request in flight is answered, then it exits with 0', async () => {
    const pending = fetch(`${listening.http}/slow`);
    await eventually(async () => {
      const status = JSON.parse(await outrider('status', '--json')) as { http: { inFlight: number } };
      return status.http.inFlight === 1 ? true : undefined;
    });
    assert.ok(child);
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    await eventually(
      async () =>
        await fetch(`${listening.http}/new`).then(
          () => undefined,
          () => true,
        ),
    );
    finishSlow();
    const answered = await pending;
    assert.deepEqual([answered.status, await answered.text()], [200, 'from the backend']);
    const [code] = (await exited) as [number];
    assert.equal(code, 0, errors);
    await assert.rejects(stat(join(workspace, '.outrider/sidecar.json')));
  });
});

function portOf(server: { address(): AddressInfo | string | null }): number {
  // Safe: these servers listen on TCP.
  return (server.address() as AddressInfo).port;
}
