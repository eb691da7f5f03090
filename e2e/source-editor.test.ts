import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { after, afterEach, before, describe, it } from 'mocha';
import pg from 'pg';
import { startSidecar, type SidecarProcess } from '../docker/demo/sidecar-process.ts';
import { freePort, postgresUrl } from '../scripts/services.ts';
import { build, vsixFile } from '../scripts/build.ts';
import { startEditor, type Editor } from '../scripts/vscode/editor.ts';
import { ownDatabase } from './own-database.ts';
import { eventually } from './eventually.ts';
import { gatewayClient, type GatewayClient } from './gateway-client.ts';

/** A backend as a user has it: nothing in it knows of Outrider. */
const backendSource = `import { createServer } from 'node:http';
import pg from 'pg';

const pool = new pg.Pool({ connectionString: process.env.DATABASE_URL, max: 4 });

async function agentsWithRuns() {
  const { rows } = await pool.query('SELECT id, name FROM agents ORDER BY id LIMIT 12');
  for (const agent of rows) {
    const runs = await pool.query('SELECT id, status FROM runs WHERE agent_id = $1', [agent.id]);
    agent.runs = runs.rows.length;
  }
  return rows;
}

const app = { routes: new Map(), get(path, handler) { this.routes.set(path, handler); } };

app.get('/agents', async () => agentsWithRuns());

createServer(async (request, response) => {
  const handler = app.routes.get(request.url);
  response.end(JSON.stringify(handler ? await handler() : null));
}).listen(Number(process.env.PORT), '127.0.0.1', () => console.log('listening'));
`;
/** Another one, in a language without a probe: its line has to be guessed. */
const billingSource = `from sqlalchemy import select
from .models import Invoice


def overdue(session, customer):
    """What a customer still owes."""
    return session.scalars(select(Invoice).where(Invoice.customer == customer)).all()
`;
const modelSource = `class Invoice(Base):
    __tablename__ = "invoices"
    id: Mapped[int] = mapped_column(primary_key=True)
`;
const firstRevision = `revision = "4f1c2a9d0b11"\ndown_revision = None\n`;
const secondRevision = `revision: str = "9be07d1a4c22"\ndown_revision: str | None = "4f1c2a9d0b11"\n`;

const lineOf = (source: string, text: string): number =>
  source.split('\n').findIndex((line) => line.includes(text)) + 1;

/** Which line it was: from a preloaded probe, through tap and gateway, to a real VS Code. */
describe('The line of code behind a finding', () => {
  const workspace = mkdtempSync(join(tmpdir(), 'outrider-source-'));
  let database: Awaited<ReturnType<typeof ownDatabase>>;
  let log: Awaited<ReturnType<typeof ownDatabase>>;
  let sidecar: SidecarProcess;
  let backend: ChildProcess;
  let gateway: GatewayClient;
  let editor: Editor;

  const put = (file: string, text: string): void => {
    mkdirSync(join(workspace, file, '..'), { recursive: true });
    writeFileSync(join(workspace, file), text);
  };

  before(async () => {
    mkdirSync('artifacts', { recursive: true });
    await build({ vsix: true });
    database = await ownDatabase(postgresUrl(), 'e2e_source');
    log = await ownDatabase(postgresUrl(), 'e2e_source_log');
    await fill(database.url);
    put('package.json', '{"name":"agent-builder"}');
    put('backend/server.mjs', backendSource);
    put('billing/overdue.py', billingSource);
    put('billing/models.py', modelSource);
    put('billing/alembic.ini', '[alembic]\nscript_location = db\n');
    put('billing/db/versions/1_first.py', firstRevision);
    put('billing/db/versions/2_second.py', secondRevision);
    mkdirSync(join(workspace, 'node_modules'));
    symlinkSync(resolve('node_modules/pg'), join(workspace, 'node_modules/pg'));
    const [port, tap] = [await freePort(), await freePort()];
    const { host } = new URL(database.url);
    sidecar = await startSidecar({
      workspace,
      config: {
        mode: 'enforce',
        http: { upstream: `http://127.0.0.1:${port}`, listen: '127.0.0.1:0' },
        sql: { upstream: host, listen: `127.0.0.1:${tap}`, inspectUrl: database.url },
        gateway: { listen: '127.0.0.1:0' },
        record: { databaseUrl: log.url },
        plugins: [
          { plugin: 'api-keys', mode: 'observe' },
          { plugin: 'slow-queries', options: { thresholdMs: 5 } },
        ],
      },
    });
    gateway = gatewayClient(sidecar.gateway, readFileSync(sidecar.tokenFile, 'utf8').trim());
    const tapped = new URL(database.url);
    tapped.host = `127.0.0.1:${tap}`;
    backend = await startBackend(workspace, { PORT: String(port), DATABASE_URL: tapped.href });
    await owe(tapped.href);
    for (let times = 0; times < 3; times++) await (await fetch(`${sidecar.http}/agents`)).text();
    // A terminal of the editor runs migrations against the database that the user's environment names.
    process.env['DATABASE_URL'] = database.url;
    editor = await startEditor({ vsix: vsixFile, folder: workspace });
    // Each step waits for sidecar, extension host and workbench in turn.
  });
  after(async () => {
    delete process.env['DATABASE_URL'];
    await editor?.stop();
    backend?.kill();
    await sidecar?.stop();
    await database?.drop();
    await log?.drop();
    rmSync(workspace, { recursive: true, force: true });
  });
  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await picture('failed');
  });

  const picture = (name: string) => editor.page.screenshot({ path: `artifacts/source-${name}.png` });
  const problem = (text: string | RegExp) =>
    editor.page.locator('.markers-panel .monaco-list-row', { hasText: text });
  const lens = (text: string | RegExp) => editor.page.locator('.codelens-decoration', { hasText: text });

  /** The palette loses the focus now and then, to a webview or to a busy window. */
  async function openFile(name: string): Promise<void> {
    const { page } = editor;
    const row = page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first();
    await eventually(`${name} is open`, async () => {
      await editor.command('Go to File...');
      try {
        await page.locator('.quick-input-widget input[type=text]').first().fill(name, { timeout: 5000 });
        await row.click({ timeout: 10_000 });
        await page.locator('.tab.active', { hasText: name }).waitFor({ timeout: 10_000 });
        return true;
      } catch {
        await page.keyboard.press('Escape');
        return false;
      }
    });
  }

  it('is in the finding, and the request is known exactly', async () => {
    const repeated = await eventually('the N+1 is found', async () =>
      (await gateway.findings()).find(({ rule }) => rule === 'n-plus-one/n-plus-one'),
    );
    const line = lineOf(backendSource, 'FROM runs');
    assert.deepEqual(repeated.where, { file: 'backend/server.mjs', line, function: 'agentsWithRuns' });
    const statements = await gateway.events({ type: 'sql/finished', limit: '1000' });
    const runs = statements.filter(({ data }) => JSON.stringify(data).includes('FROM runs'));
    assert.ok(runs.length >= 12);
    assert.deepEqual(
      [...new Set(runs.map(({ data }) => (data as { attribution: string }).attribution))],
      ['exact'],
    );
  });

  it('has a problem with severity, rule and link, at what stands in the line', async () => {
    await openFile('server.mjs');
    await editor.page.locator('.squiggly-warning').first().waitFor();
    await editor.command('Problems: Focus on Problems View');
    await problem('one statement for each row of another').first().waitFor();
    await picture('problem');
    await problem('one statement for each row of another')
      .first()
      .locator('a', { hasText: 'n-plus-one/n-plus-one' })
      .click();
    const frame = await editor.webview('.drawer');
    await frame.locator('.drawer', { hasText: 'Executions' }).waitFor();
    await picture('link');
    await frame.locator('.drawer .close').click();
  });

  it('has above it what its statements cost, the N+1, and the requests of its route', async () => {
    await openFile('server.mjs');
    await lens(/SQL: p95 [\d.]+ ms · [\d,]+ calls/)
      .first()
      .waitFor();
    await lens(/N\+1 seen \d+ time/)
      .first()
      .waitFor();
    await lens(/GET \/agents: p95 [\d.]+ ms · \d+ calls \(likely\)/)
      .first()
      .waitFor();
    await lens(/SQL: 2 lines/)
      .first()
      .waitFor();
    await picture('code-lens');
  });

  it('is guessed where nobody tells it, and said to be a guess', async () => {
    await openFile('overdue.py');
    await editor.command('Problems: Focus on Problems View');
    // The list draws only the rows in sight, and on a slow machine more queries are slow.
    await editor.page.locator('.viewpane-filter input').first().fill('Likely here');
    await problem(/Likely here \(it uses the model Invoice in overdue\): This query took [\d.]+ m?s/)
      .first()
      .waitFor();
    await editor.page.locator('.squiggly-info').first().waitFor();
    await picture('likely');
    await editor.page.locator('.viewpane-filter input').first().fill('');
  });

  it('can do without figures', async () => {
    await openFile('server.mjs');
    await lens(/SQL: p95/)
      .first()
      .waitFor();
    put('.vscode/settings.json', '{ "outrider.codeLens": false }');
    await eventually('the figures are gone', async () => (await lens(/SQL: p95/).count()) === 0);
    put('.vscode/settings.json', '{ "outrider.codeLens": true }');
    await lens(/SQL: p95/)
      .first()
      .waitFor();
  });

  const versions = join(workspace, 'billing/db/versions');

  it('gets the index that is missing as a migration of the tool in use, after its head', async () => {
    await editor.command('Outrider: Write Advised Indexes as a Migration…');
    // The first advice starts a planner of its own, which a busy machine takes its time for.
    const name = await eventually(
      'the migration is written',
      () => readdirSync(versions).find((each) => each.endsWith('_outrider_indexes.py')),
      200,
    );
    await editor.page.locator('.tab.active', { hasText: name }).waitFor();
    await picture('alembic');
    const text = await eventually('it is whole', () => {
      const read = readFileSync(join(versions, name), 'utf8');
      return read.includes('def downgrade') && read;
    });
    assert.match(text, /^down_revision = "9be07d1a4c22"$/m);
    assert.match(
      text,
      /with op\.get_context\(\)\.autocommit_block\(\):\n {8}op\.execute\("CREATE INDEX CONCURRENTLY/,
    );
    await editor.command('Notifications: Clear All Notifications');
  });

  it('is applied after a confirmation', async () => {
    rmSync(join(workspace, 'billing/alembic.ini'));
    const { page } = editor;
    await editor.command('Outrider: Write Advised Indexes as a Migration…');
    const toast = page.locator('.notifications-toasts', { hasText: '_outrider_indexes.sql' });
    await toast.locator('.monaco-button, a.monaco-button', { hasText: 'Apply…' }).click();
    const dialog = page.locator('.monaco-dialog-box', { hasText: 'Run the migration now?' });
    await dialog.waitFor();
    await picture('confirm');
    assert.deepEqual(await indexesOn(database.url, 'runs'), ['runs_pkey']);
    await dialog.locator('.monaco-button', { hasText: 'Run' }).click();
    await eventually('the index is there', async () =>
      (await indexesOn(database.url, 'runs')).some((each) => each.includes('agent_id')),
    );
    await picture('applied');
    assert.ok(existsSync(join(workspace, 'migrations')));
  });
});

async function startBackend(
  folder: string,
  environment: Readonly<Record<string, string>>,
): Promise<ChildProcess> {
  const probe = resolve('sidecar/dist/probe.mjs');
  const child = spawn(process.execPath, ['--import', probe, 'backend/server.mjs'], {
    cwd: folder,
    env: { ...process.env, NODE_OPTIONS: '', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data', { signal: AbortSignal.timeout(30_000) });
  return child;
}

async function withClient<T>(url: string, use: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return use(client).finally(() => client.end());
}

function fill(url: string): Promise<unknown> {
  return withClient(url, (client) =>
    client.query(`
      CREATE TABLE agents (id int PRIMARY KEY, name text NOT NULL);
      CREATE TABLE runs (id int PRIMARY KEY, agent_id int NOT NULL, status text NOT NULL, note text NOT NULL);
      CREATE TABLE invoices (id int PRIMARY KEY, customer int NOT NULL, amount int NOT NULL);
      INSERT INTO agents SELECT n, 'agent ' || n FROM generate_series(1, 50) n;
      INSERT INTO runs SELECT n, n % 20000, 'done', repeat('x', 100) FROM generate_series(1, 200000) n;
      INSERT INTO invoices SELECT n, n % 10, n FROM generate_series(1, 1000) n;
      ANALYZE;`),
  );
}

/** What the billing service sends, as its driver would. */
function owe(url: string): Promise<unknown> {
  const text =
    'SELECT invoices.id, invoices.customer, invoices.amount, pg_sleep(0.2) FROM invoices WHERE invoices.id = $1';
  return withClient(url, (client) => client.query(text, [7]));
}

async function indexesOn(url: string, table: string): Promise<readonly string[]> {
  const text = 'SELECT indexname AS name FROM pg_indexes WHERE tablename = $1 ORDER BY 1';
  const { rows } = await withClient(url, (client) => client.query<{ name: string }>(text, [table]));
  return rows.map(({ name }) => name);
}
