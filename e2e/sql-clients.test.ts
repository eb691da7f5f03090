import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { after, before, describe, it } from 'mocha';
import QueryStream from 'pg-query-stream';
import { DataSource, EntitySchema } from 'typeorm';
import { ensurePostgres, postgresUrl } from '../scripts/services.ts';
import { ownDatabase, tapUnderTest, type TapUnderTest } from '../sidecar/sql/tap-under-test.ts';

const run = promisify(execFile);

/** Programs that other people wrote, through the tap: they must not notice, and the tap must understand them. */
describe('PostgreSQL clients through the tap', () => {
  let database: Awaited<ReturnType<typeof ownDatabase>>;
  let tapped: TapUnderTest;

  before(async () => {
    database = await ownDatabase(postgresUrl(), 'e2e_sql_clients');
    tapped = await tapUnderTest(database.url);
  });
  after(async () => {
    await tapped?.close();
    await database?.drop();
  });

  it('psql runs scripts, describes tables and copies both ways', async () => {
    const { stdout } = await psql(
      'CREATE TABLE notes (id int PRIMARY KEY, body text)',
      '\\copy notes FROM PROGRAM \'printf "1,one\\\\n2,two\\\\n"\' CSV',
      'BEGIN; UPDATE notes SET body = upper(body) WHERE id = 2; COMMIT',
      '\\d notes',
      'COPY notes TO STDOUT CSV',
    );
    assert.match(stdout, /COPY 2/);
    assert.match(stdout, /"notes_pkey" PRIMARY KEY/);
    assert.match(stdout, /1,one\n2,TWO/);
    const [update] = await tapped.told('UPDATE notes');
    assert.deepEqual([update?.rows, update?.transaction, update?.writes], [1, 'T', ['notes']]);
    const copies = await tapped.told('COPY', 2);
    assert.deepEqual(
      copies.map(({ command, rows }) => `${command} ${rows}`),
      ['COPY 2', 'COPY 2'],
    );
    assertUnderstood(tapped);
  });

  it('pgbench fills its tables', async () => {
    await pgbench('--initialize', '--scale=1', '--quiet');
    const [copy] = await tapped.told('copy pgbench_accounts');
    assert.equal(copy?.rows, 100_000);
  });

  for (const protocol of ['simple', 'extended', 'prepared'])
    it(`pgbench loses no transaction with ${protocol} statements on four connections`, async () => {
      const before = tapped.finished.length;
      const { stdout } = await pgbench(
        `--protocol=${protocol}`,
        '--client=4',
        '--transactions=50',
        '--no-vacuum',
      );
      assert.match(stdout, /number of transactions actually processed: 200\/200/);
      const ends = (): number =>
        tapped.finished.slice(before).filter(({ command }) => command === 'COMMIT').length;
      await tapped.told('pgbench_history');
      assert.equal(ends(), 200);
      const updates = tapped.finished
        .slice(before)
        .filter(({ text }) => text.startsWith('UPDATE pgbench_accounts'));
      assert.equal(updates.length, 200);
      assert.equal(new Set(updates.map(({ fingerprint }) => fingerprint)).size, 1);
      assert.equal(new Set(updates.map(({ connection }) => connection)).size, 4);
      assertUnderstood(tapped);
    });

  it('pgbench pipelines', async () => {
    const script = ['\\startpipeline', ...Array(10).fill('SELECT 1 AS piped;'), '\\endpipeline'].join('\n');
    const file = join(process.env['TMPDIR'] ?? '/tmp', `outrider-pipeline-${process.pid}.sql`);
    const { writeFile, rm } = await import('node:fs/promises');
    await writeFile(file, script);
    await pgbench('--protocol=extended', `--file=${file}`, '--transactions=20', '--no-vacuum');
    await rm(file);
    assert.equal((await tapped.told('AS piped', 200)).length, 200);
  });

  it('node-postgres reads through a cursor', async () => {
    const client = await tapped.connect();
    const text = 'SELECT aid FROM pgbench_accounts WHERE aid <= $1';
    const pages = client.query(new QueryStream(text, [250], { batchSize: 100 }));
    let rows = 0;
    for await (const row of pages) rows += row === null ? 0 : 1;
    await client.end();
    assert.equal(rows, 250);
    const fetches = await tapped.told('SELECT aid FROM', 3);
    assert.deepEqual(
      fetches.map(({ isPartial, rows: fetched, parameters }) => [isPartial, fetched, parameters[0]]),
      [
        [true, 100, '250'],
        [true, 100, '250'],
        [false, 50, '250'],
      ],
    );
  });

  it('TypeORM makes a schema, writes in a transaction and reads with relations', async () => {
    const source = new DataSource({
      type: 'postgres',
      url: tapped.url,
      entities: [Agent, Step],
      synchronize: true,
    });
    await source.initialize();
    await source.transaction(async (manager) => {
      const agent = await manager.getRepository(Agent).save({ name: 'Ada' });
      await manager.getRepository(Step).save([
        { title: 'think', agent },
        { title: 'act', agent },
      ]);
    });
    const [found] = await source.getRepository(Agent).find({ relations: { steps: true } });
    assert.deepEqual(found?.steps?.map(({ title }) => title).sort(), ['act', 'think']);
    await assert.rejects(source.query('SELECT * FROM no_such_table'));
    await source.destroy();
    const [insert] = await tapped.told('INSERT INTO "agent"');
    assert.deepEqual([insert?.parameters, insert?.transaction, insert?.writes], [['Ada'], 'T', ['agent']]);
    const [join] = await tapped.told('LEFT JOIN "step"');
    assert.deepEqual(join?.reads, ['agent', 'step']);
    const [failed] = await tapped.told('no_such_table');
    assert.equal(failed?.error?.sqlstate, '42P01');
    assertUnderstood(tapped);
  });

  function psql(...commands: readonly string[]): Promise<{ readonly stdout: string }> {
    const each = commands.flatMap((command) => ['--command', command]);
    return run(join(ensurePostgres(), 'psql'), ['--no-psqlrc', '-v', 'ON_ERROR_STOP=1', tapped.url, ...each]);
  }

  function pgbench(...options: readonly string[]): Promise<{ readonly stdout: string }> {
    return run(join(ensurePostgres(), 'pgbench'), [...options, tapped.url]);
  }
});

function assertUnderstood(tapped: TapUnderTest): void {
  assert.deepEqual(tapped.warnings, []);
  assert.deepEqual(
    tapped.finished.filter(({ text }) => text === ''),
    [],
  );
}

interface AgentRow {
  readonly id?: number;
  readonly name: string;
  readonly steps?: readonly StepRow[];
}

interface StepRow {
  readonly id?: number;
  readonly title: string;
  readonly agent: AgentRow;
}

const key = { type: 'int', primary: true, generated: 'increment' } as const;

const Agent: EntitySchema<AgentRow> = new EntitySchema<AgentRow>({
  name: 'agent',
  columns: { id: key, name: { type: 'text' } },
  relations: { steps: { type: 'one-to-many', target: 'step', inverseSide: 'agent' } },
});

const Step: EntitySchema<StepRow> = new EntitySchema<StepRow>({
  name: 'step',
  columns: { id: key, title: { type: 'text' } },
  relations: { agent: { type: 'many-to-one', target: 'agent', inverseSide: 'steps' } },
});
