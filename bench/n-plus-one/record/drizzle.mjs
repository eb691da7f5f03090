/** Drizzle 0.45 on node-postgres. */
import { alike, databaseUrl, duplicate, finish, packages, pause, range, truly } from './recording.mjs';

const { drizzle } = packages('drizzle-orm/node-postgres');
const { asc, count, desc, eq, and, gt, inArray, relations, sql } = packages('drizzle-orm');
const { integer, pgTable, serial, text, timestamp } = packages('drizzle-orm/pg-core');
const { Pool } = packages('pg');
const teams = pgTable('teams', { id: serial('id').primaryKey(), name: text('name') });
const agents = pgTable('agents', {
  id: serial('id').primaryKey(),
  teamId: integer('team_id'),
  name: text('name'),
  slug: text('slug'),
});
const workflows = pgTable('workflows', {
  id: serial('id').primaryKey(),
  agentId: integer('agent_id'),
  name: text('name'),
  state: text('state'),
  createdAt: timestamp('created_at', { withTimezone: true }),
});
const executions = pgTable('executions', {
  id: serial('id').primaryKey(),
  workflowId: integer('workflow_id'),
  status: text('status'),
  startedAt: timestamp('started_at', { withTimezone: true }),
});
const messages = pgTable('messages', {
  id: serial('id').primaryKey(),
  executionId: integer('execution_id'),
  role: text('role'),
  content: text('content'),
});
const sessions = pgTable('sessions', { id: text('id').primaryKey(), userName: text('user_name') });
const agentRelations = relations(agents, ({ one, many }) => ({
  team: one(teams, { fields: [agents.teamId], references: [teams.id] }),
  workflows: many(workflows),
}));
const workflowRelations = relations(workflows, ({ one }) => ({
  agent: one(agents, { fields: [workflows.agentId], references: [agents.id] }),
}));
const pool = new Pool({ connectionString: databaseUrl, max: 5 });
const db = drizzle(pool, {
  schema: { teams, agents, workflows, executions, messages, agentRelations, workflowRelations },
});
await db.execute(sql`select 1`);

await truly('select in a loop', 'from "teams"', 'one select for each row', async () => {
  for (const agent of await db.select().from(agents).orderBy(asc(agents.id)).limit(16))
    await db.select().from(teams).where(eq(teams.id, agent.teamId));
});
await truly('findFirst at once', 'from "teams"', 'Promise.all of relational queries', async () => {
  await Promise.all(
    (await db.query.agents.findMany({ limit: 13 })).map((agent) =>
      db.query.teams.findFirst({ where: eq(teams.id, agent.teamId) }),
    ),
  );
});
await truly('count for each', 'count(*)', '$count of each workflow', async () => {
  for (const { id } of await db.select({ id: workflows.id }).from(workflows).limit(10))
    await db.select({ value: count() }).from(executions).where(eq(executions.workflowId, id));
});
await truly('key and own date', 'from "executions"', 'the date differs as well', async () => {
  for (const flow of await db.select().from(workflows).limit(12))
    await db
      .select()
      .from(executions)
      .where(and(eq(executions.workflowId, flow.id), gt(executions.startedAt, flow.createdAt)));
});
await truly('latest of each', 'from "executions"', 'order by and limit 1', async () => {
  for (const { id } of await db.select({ id: workflows.id }).from(workflows).limit(9))
    await db
      .select()
      .from(executions)
      .where(eq(executions.workflowId, id))
      .orderBy(desc(executions.startedAt))
      .limit(1);
});
await truly('nested', ['from "workflows"', 'from "executions"'], 'loops in loops', async () => {
  for (const { id } of await db.select().from(agents).limit(5))
    for (const flow of await db.select().from(workflows).where(eq(workflows.agentId, id)).limit(3))
      await db.select().from(executions).where(eq(executions.workflowId, flow.id));
});
await truly('insert in a loop', 'insert into "messages"', 'one insert for each line', async () => {
  for (const n of range(13))
    await db.insert(messages).values({ executionId: 1, role: 'user', content: `${n}` });
});
await truly('update in a transaction', 'update "workflows"', 'one update for each row', () =>
  db.transaction(async (tx) => {
    for (const { id } of await tx.select().from(workflows).limit(8))
      await tx.update(workflows).set({ state: 'live' }).where(eq(workflows.id, id));
  }),
);
await truly('delete with returning', 'delete from "messages"', 'one delete for each row', async () => {
  for (const { id } of await db.select().from(messages).orderBy(desc(messages.id)).limit(7))
    await db.delete(messages).where(eq(messages.id, id)).returning();
});
await truly('prepared', 'from "agents"', 'a prepared statement executed for each row', async () => {
  const prepared = db
    .select()
    .from(agents)
    .where(eq(agents.id, sql.placeholder('id')))
    .prepare('agent_by_id');
  for (const { agentId } of await db.select().from(workflows).orderBy(asc(workflows.id)).limit(11))
    await prepared.execute({ id: agentId });
});

await alike('with', 'one statement with lateral joins', () =>
  db.query.agents.findMany({ with: { team: true, workflows: true }, limit: 25 }),
);
await alike('inArray in chunks', 'six lists of 45', async () => {
  for (const n of range(6))
    await db
      .select()
      .from(executions)
      .where(
        inArray(
          executions.id,
          range(45, (each) => n * 45 + each),
        ),
      );
});
await alike('values in chunks', 'six inserts of 30', async () => {
  for (const n of range(6))
    await db
      .insert(messages)
      .values(range(30, (each) => ({ executionId: n, role: 'user', content: `${each}` })));
});
await alike('offset', 'pages', async () => {
  for (const n of range(9))
    await db
      .select()
      .from(messages)
      .orderBy(asc(messages.id))
      .limit(30)
      .offset(n * 30);
});
await alike('keyset', 'pages', async () => {
  let last = 0;
  for (const _ of range(9))
    last = (
      await db.select().from(messages).where(gt(messages.id, last)).orderBy(asc(messages.id)).limit(30)
    ).at(-1).id;
});
await alike('three', 'below the threshold', async () => {
  for (const agent of await db.select().from(agents).limit(3))
    await db.select().from(teams).where(eq(teams.id, agent.teamId));
});
await alike('savepoints', 'nested transactions', () =>
  db.transaction(async (tx) => {
    for (const _ of range(7)) await tx.transaction(async () => undefined);
  }),
);
await alike('long poll', 'what is new since the last id', async () => {
  for (const n of range(7)) {
    await db
      .select()
      .from(messages)
      .where(and(eq(messages.executionId, 4), gt(messages.id, 18000 + n)));
    await pause(120);
  }
});
await duplicate('the session', 'from "sessions"', 'each guard asks for it', async () => {
  for (const _ of range(6)) await db.select().from(sessions).where(eq(sessions.id, 'session-1'));
});
await pool.end();
finish();
