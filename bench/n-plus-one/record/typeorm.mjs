/** TypeORM 1 on node-postgres. */
import {
  alike,
  databaseUrl,
  duplicate,
  finish,
  packages,
  pause,
  range,
  traceparent,
  truly,
} from './recording.mjs';

packages('reflect-metadata');
const { DataSource, EntitySchema, In, MoreThan } = packages('typeorm');

const id = { type: Number, primary: true, generated: true };
const Team = new EntitySchema({
  name: 'Team',
  tableName: 'teams',
  columns: { id, name: { type: String } },
  relations: { agents: { type: 'one-to-many', target: 'Agent', inverseSide: 'team' } },
});
const Tag = new EntitySchema({ name: 'Tag', tableName: 'tags', columns: { id, name: { type: String } } });
const Agent = new EntitySchema({
  name: 'Agent',
  tableName: 'agents',
  columns: { id, name: { type: String }, slug: { type: String }, model: { type: String } },
  relations: {
    team: {
      type: 'many-to-one',
      target: 'Team',
      inverseSide: 'agents',
      lazy: true,
      joinColumn: { name: 'team_id' },
    },
    workflows: { type: 'one-to-many', target: 'Workflow', inverseSide: 'agent', lazy: true },
    tags: {
      type: 'many-to-many',
      target: 'Tag',
      lazy: true,
      joinTable: {
        name: 'agent_tags',
        joinColumn: { name: 'agent_id' },
        inverseJoinColumn: { name: 'tag_id' },
      },
    },
  },
});
const Workflow = new EntitySchema({
  name: 'Workflow',
  tableName: 'workflows',
  columns: { id, name: { type: String }, state: { type: String }, created_at: { type: 'timestamptz' } },
  relations: {
    agent: {
      type: 'many-to-one',
      target: 'Agent',
      inverseSide: 'workflows',
      joinColumn: { name: 'agent_id' },
    },
    executions: { type: 'one-to-many', target: 'Execution', inverseSide: 'workflow', lazy: true },
  },
});
const Execution = new EntitySchema({
  name: 'Execution',
  tableName: 'executions',
  columns: {
    id,
    workflow_id: { type: Number },
    status: { type: String },
    tokens: { type: Number, default: 0 },
    started_at: { type: 'timestamptz', createDate: true },
  },
  relations: {
    workflow: {
      type: 'many-to-one',
      target: 'Workflow',
      inverseSide: 'executions',
      joinColumn: { name: 'workflow_id' },
    },
  },
});
const Message = new EntitySchema({
  name: 'Message',
  tableName: 'messages',
  columns: { id, execution_id: { type: Number }, role: { type: String }, content: { type: String } },
});
const entities = [Team, Tag, Agent, Workflow, Execution, Message];

const source = new DataSource({
  type: 'postgres',
  url: databaseUrl,
  entities,
  migrations: [],
  extra: { max: 5 },
});
await alike('connect', 'what TypeORM asks when it starts', () => source.initialize());
const [teams, agents, workflows, executions, messages] = [Team, Agent, Workflow, Execution, Message].map(
  (each) => source.getRepository(each),
);

await truly('lazy many-to-one', '"teams"', 'await agent.team in a loop', async () => {
  for (const agent of await agents.find({ order: { id: 'ASC' }, take: 18 })) await agent.team;
});
await truly('lazy one-to-many at once', '"workflows"', 'Promise.all over lazy relations', async () => {
  await Promise.all((await agents.find({ order: { id: 'ASC' }, take: 12 })).map((agent) => agent.workflows));
});
await truly('lazy many-to-many', '"tags"', 'the tags of each agent', async () => {
  for (const agent of await agents.find({ take: 9 })) await agent.tags;
});
await truly('nested lazy', ['"workflows"', '"executions"'], 'executions of workflows of agents', async () => {
  for (const agent of await agents.find({ where: { id: In(range(6, (n) => n + 1)) } }))
    for (const flow of (await agent.workflows).slice(0, 3)) await flow.executions;
});
await truly('findOneBy in a loop', '"agents"', 'a repository call for each row of another', async () => {
  for (const flow of await workflows.find({
    relations: {},
    loadRelationIds: true,
    take: 14,
    order: { id: 'ASC' },
  }))
    await agents.findOneBy({ id: flow.agent });
});
await truly('count for each', 'COUNT', 'executions of each workflow', async () => {
  for (const flow of await workflows.find({ take: 10 })) await executions.countBy({ workflow_id: flow.id });
});
await truly('exists for each', 'SELECT 1 AS "row_exists"', 'whether each workflow ever ran', async () => {
  for (const flow of await workflows.find({ take: 10 })) await executions.existsBy({ workflow_id: flow.id });
});
await truly('key and own date', '"executions"', 'the date differs as well', async () => {
  for (const flow of await workflows.find({ take: 13 }))
    await executions.findBy({ workflow_id: flow.id, started_at: MoreThan(flow.created_at) });
});
await truly(
  'save in a loop',
  'UPDATE "workflows"',
  'save of each entity: a look-up and an update',
  async () => {
    for (const flow of await workflows.find({ take: 8 }))
      await workflows.update(flow.id, { name: `${flow.name}!` });
  },
);
await truly('insert in a loop', 'INSERT INTO "messages"', 'save of each new entity', async () => {
  for (const n of range(14)) await messages.save({ execution_id: 3, role: 'user', content: `line ${n}` });
});
await truly(
  'remove in a loop',
  ['DELETE FROM "messages"', 'FROM "messages" "Message"'],
  'remove of each entity: a look-up and a deletion',
  async () => {
    for (const message of await messages.find({ order: { id: 'DESC' }, take: 9 }))
      await messages.remove(message);
  },
);
await truly(
  'with sqlcommenter',
  '"teams"',
  'a trace context in a comment, in a transaction of its own',
  async (traceId) => {
    const runner = source.createQueryRunner();
    const query = runner.query.bind(runner);
    runner.query = (text, ...rest) => query(`${text} ${traceparent(traceId)}`, ...rest);
    for (const agent of await runner.manager.find(Agent, { take: 12 }))
      await runner.manager.createQueryBuilder().relation(Agent, 'team').of(agent).loadOne();
    await runner.release();
  },
);

await alike('relations', 'one join', () => agents.find({ relations: { team: true, tags: true }, take: 25 }));
await alike('relations by query', 'one list a relation', () =>
  workflows.find({ relationLoadStrategy: 'query', relations: { agent: true }, take: 40 }),
);
await alike('findBy In in chunks', 'eight lists of 60 keys', async () => {
  for (const n of range(8)) await executions.findBy({ id: In(range(60, (each) => n * 60 + each)) });
});
await alike('save of an array', 'one insert of 25 rows', () =>
  messages.save(range(25, (n) => ({ execution_id: 5, role: 'user', content: `${n}` }))),
);
await alike('save of an array in chunks', 'six inserts of 20 rows', () =>
  messages.save(
    range(120, (n) => ({ execution_id: 5, role: 'user', content: `${n}` })),
    { chunk: 20 },
  ),
);
await duplicate('pages', 'COUNT(1)', 'findAndCount counts anew for each page', async () => {
  for (const n of range(8)) await executions.findAndCount({ order: { id: 'ASC' }, take: 30, skip: n * 30 });
});
await alike('keyset pages', 'from the last id on', async () => {
  let last = 0;
  for (const _ of range(9))
    last = (await executions.find({ where: { id: MoreThan(last) }, order: { id: 'ASC' }, take: 25 })).at(
      -1,
    ).id;
});
await alike('schema log', 'what a synchronisation would do: catalog look-ups', () =>
  source.driver.createSchemaBuilder().log(),
);
await alike('migrations', 'a table and a note for each of twelve', async () => {
  const steps = range(
    12,
    (n) =>
      ({
        [`Step${n}`]: class {
          name = `Step${1700000000000 + n}`;
          async up(runner) {
            await runner.query(`CREATE TABLE step_${n} (id int)`);
          }
          async down() {}
        },
      })[`Step${n}`],
  );
  const other = new DataSource({ type: 'postgres', url: databaseUrl, entities: [], migrations: steps });
  await other.initialize();
  await other.runMigrations();
  await other.destroy();
});
await alike('a few', 'three agents', async () => {
  for (const agent of await agents.find({ take: 3 })) await agent.team;
});
await alike('savepoints', 'nested transactions around one update', () =>
  source.transaction(async (outer) => {
    for (const _ of range(7)) await outer.transaction(async () => undefined);
  }),
);
await alike('polling', 'reload until done', async () => {
  for (const _ of range(7)) {
    await executions.findOneBy({ id: 44 });
    await pause(110);
  }
});
await duplicate(
  'the same entity again',
  '"teams"',
  'findOneBy with the same key in each resolver',
  async () => {
    for (const _ of range(8)) await teams.findOneBy({ id: 4 });
  },
);
await source.destroy();
finish();
