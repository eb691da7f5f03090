/** Kysely 0.28 on node-postgres. */
import { alike, databaseUrl, duplicate, finish, packages, pause, range, truly } from './recording.mjs';

const { Kysely, PostgresDialect, sql } = packages('kysely');
const { Pool } = packages('pg');
const db = new Kysely({
  dialect: new PostgresDialect({
    cursor: packages('pg-cursor'),
    pool: new Pool({ connectionString: databaseUrl, max: 5 }),
  }),
});
await sql`select 1`.execute(db);

await truly('executeTakeFirst', 'from "teams"', 'one look-up for each row', async () => {
  for (const agent of await db.selectFrom('agents').selectAll().orderBy('id').limit(14).execute())
    await db.selectFrom('teams').select(['id', 'name']).where('id', '=', agent.team_id).executeTakeFirst();
});
await truly('allSettled', 'from "executions"', 'all at once on five connections', async () => {
  const flows = await db.selectFrom('workflows').select('id').orderBy('id').limit(20).execute();
  await Promise.allSettled(
    flows.map(({ id }) => db.selectFrom('executions').selectAll().where('workflow_id', '=', id).execute()),
  );
});
await truly('fn.countAll', 'count(*)', 'a count for each', async () => {
  for (const { id } of await db.selectFrom('agents').select('id').limit(8).execute())
    await db
      .selectFrom('workflows')
      .select((eb) => eb.fn.countAll().as('n'))
      .where('agent_id', '=', id)
      .executeTakeFirst();
});
await truly('joined look-up', 'inner join', 'a look-up with a join for each', async () => {
  for (const { id } of await db.selectFrom('comments').select('id').limit(7).execute())
    await db
      .selectFrom('comments')
      .innerJoin('agents', 'agents.id', 'comments.subject_id')
      .select('agents.name')
      .where('comments.id', '=', id)
      .execute();
});
await truly('insert and return', 'insert into "messages"', 'one insert for each run', async () => {
  for (const { id } of await db.selectFrom('executions').select('id').limit(9).execute())
    await db
      .insertInto('messages')
      .values({ execution_id: id, role: 'system', content: 'seen' })
      .returning('id')
      .execute();
});
await truly('delete in a transaction', 'delete from "comments"', 'one delete for each', () =>
  db.transaction().execute(async (trx) => {
    for (const { id } of await trx
      .selectFrom('comments')
      .select('id')
      .orderBy('id', 'desc')
      .limit(6)
      .execute())
      await trx.deleteFrom('comments').where('id', '=', id).execute();
  }),
);
await truly(
  'rows of a stream',
  'from "agents"',
  'a cursor, and one look-up for each of its rows',
  async () => {
    for await (const flow of db.selectFrom('workflows').select('agent_id').where('id', '<=', 30).stream(10))
      await db.selectFrom('agents').select('name').where('id', '=', flow.agent_id).execute();
  },
);

await alike('where in', 'one list', async () => {
  const agents = await db.selectFrom('agents').selectAll().limit(20).execute();
  await db
    .selectFrom('teams')
    .selectAll()
    .where(
      'id',
      'in',
      agents.map(({ team_id }) => team_id),
    )
    .execute();
});
await alike('lists of 25', 'eight batches', async () => {
  for (const n of range(8))
    await db
      .selectFrom('executions')
      .selectAll()
      .where(
        'id',
        'in',
        range(25, (each) => n * 25 + each),
      )
      .execute();
});
await alike('pages', 'limit and offset', async () => {
  for (const n of range(9))
    await db
      .selectFrom('messages')
      .selectAll()
      .orderBy('id')
      .limit(20)
      .offset(n * 20)
      .execute();
});
await alike('pages from a key on', 'of one status', async () => {
  let last = 0;
  for (const _ of range(9))
    last = (
      await db
        .selectFrom('executions')
        .select('id')
        .where('status', '=', 'done')
        .where('id', '>', last)
        .orderBy('id')
        .limit(20)
        .execute()
    ).at(-1).id;
});
await alike('introspection', 'the catalog', async () => {
  for (const _ of range(6)) await db.introspection.getTables();
});
await alike('tiles', 'one count a status, after a list of seven', async () => {
  await db.selectFrom('tags').selectAll().limit(7).execute();
  for (const status of ['done', 'failed', 'running', 'queued', 'lost', 'new'])
    await db
      .selectFrom('executions')
      .select((eb) => eb.fn.countAll().as('n'))
      .where('status', '=', status)
      .execute();
});
await alike('insert in chunks', 'six times twenty rows', async () => {
  for (const n of range(6))
    await db
      .insertInto('messages')
      .values(range(20, (each) => ({ execution_id: n, role: 'user', content: `${each}` })))
      .execute();
});
await alike('waiting for a job', 'asks ten times a second', async () => {
  for (const _ of range(7)) {
    await db.selectFrom('jobs').select('state').where('id', '=', 3).execute();
    await pause(130);
  }
});
await duplicate('who am I', 'from "sessions"', 'asked by each resolver', async () => {
  for (const _ of range(7))
    await db.selectFrom('sessions').selectAll().where('id', '=', 'session-9').execute();
});
await db.destroy();
finish();
