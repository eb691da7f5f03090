import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { postgresUrl } from '../../scripts/services.ts';
import { main } from '../main.ts';

const binary = fileURLToPath(new URL('../bin/outrider.mjs', import.meta.url));

describe('outrider check beside a running sidecar', function () {
  this.timeout(60_000);
  let cwd = '';
  let backend: Server;
  let sidecar: ChildProcess;
  let listening: { readonly http: string; readonly sql: string };
  let address = '';
  let pool: pg.Pool;

  before(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'outrider-check-'));
    backend = createServer(
      (request, response) => void answer(request.url ?? '').then((text) => response.end(text)),
    );
    backend.listen(0, '127.0.0.1');
    await once(backend, 'listening');
    // Safe: it listens on TCP.
    const { port } = backend.address() as AddressInfo;
    const flags = ['--upstream', `http://127.0.0.1:${port}`, '--sql-upstream', new URL(postgresUrl()).host];
    const listen = ['--listen', '127.0.0.1:0', '--sql-listen', '127.0.0.1:0', '--gateway', '127.0.0.1:0'];
    const env = { ...process.env, OUTRIDER_LOG_LEVEL: 'warn' };
    sidecar = spawn(process.execPath, [binary, ...flags, ...listen], {
      cwd,
      env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    assert.ok(sidecar.stdout);
    const [line] = (await once(createInterface(sidecar.stdout), 'line')) as [string];
    listening = JSON.parse(line) as typeof listening;
    address = listening.http.replace(/^https?:\/\//, '');
    const through = Object.assign(new URL(postgresUrl()), { host: listening.sql });
    pool = new pg.Pool({ connectionString: through.href, max: 1 });
    await pool.query('CREATE TABLE check_things AS SELECT i AS id FROM generate_series(1, 20) i');
  });
  after(async () => {
    await pool?.query('DROP TABLE IF EXISTS check_things').catch(() => undefined);
    await pool?.end();
    const exited = once(sidecar, 'exit');
    sidecar.kill();
    await exited;
    backend.closeAllConnections();
    backend.close();
    await rm(cwd, { recursive: true });
  });

  async function answer(url: string): Promise<string> {
    if (url === '/slow') await pool.query('SELECT pg_sleep(1.1)');
    if (url === '/good') await pool.query('SELECT 1');
    if (url === '/hidden') await pool.query("SELECT 'O'Brien'").catch(() => undefined);
    if (url === '/list') {
      const { rows } = await pool.query<{ id: number }>('SELECT id FROM check_things');
      for (const { id } of rows) await pool.query('SELECT * FROM check_things WHERE id = $1', [id]);
    }
    return 'ok';
  }

  const asking = (...paths: readonly string[]): readonly string[] => {
    const script = `for (const p of ${JSON.stringify(paths)}) await fetch('http://${address}' + p)`;
    return ['--', process.execPath, '--input-type=module', '-e', script];
  };

  async function checked(...tokens: readonly string[]): Promise<{ code: number; out: string }> {
    let out = '';
    const code = await main(['check', '--json', ...tokens], {
      cwd,
      env: { PATH: process.env['PATH'] },
      out: (text) => void (out += text),
      error: (text) => void (out += text),
    });
    return { code, out };
  }

  it('passes good traffic and fails a slow query, an N+1 and SQL that failed behind a 200', async () => {
    const good = await checked(...asking('/good'));
    assert.equal(good.code, 0, good.out);
    const bad = await checked(...asking('/slow', '/list', '/hidden'));
    assert.equal(bad.code, 1, bad.out);
    const report = JSON.parse(bad.out) as { new: { kind: string; route: string | null }[] };
    assert.deepEqual(
      report.new.map(({ kind }) => kind),
      ['slow-query', 'n-plus-one', 'failed-sql'],
      bad.out,
    );
  });

  it('judges a time window of whatever traffic there is, and lets pass what its baseline has learnt of it', async () => {
    const window = async (...tokens: readonly string[]) => {
      let isOver = false;
      const checking = checked('--seconds', '2', ...tokens).finally(() => {
        isOver = true;
      });
      while (!isOver) await (await fetch(`http://${address}/list`)).text();
      return checking;
    };
    const learnt = await window('--baseline', 'known.json', '--update-baseline');
    assert.equal(learnt.code, 0, learnt.out);
    const known = await window('--baseline', 'known.json');
    assert.equal(known.code, 0, known.out);
    assert.match(known.out, /"known":\[\{"key":"n-plus-one GET \/list/);
    const strict = await window();
    assert.equal(strict.code, 1, strict.out);
  });
});
