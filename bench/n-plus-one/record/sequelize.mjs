/** Sequelize 6 on node-postgres. */
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

const { DataTypes, Op, QueryTypes, Sequelize } = packages('sequelize');
const sequelize = new Sequelize(databaseUrl, {
  logging: false,
  dialectModule: packages('pg'),
  define: { timestamps: false, underscored: true },
  pool: { max: 5 },
});
const text = DataTypes.TEXT;
const Team = sequelize.define('Team', { name: text }, { tableName: 'teams' });
const Agent = sequelize.define('Agent', { name: text, slug: text }, { tableName: 'agents' });
const Tag = sequelize.define('Tag', { name: text }, { tableName: 'tags' });
const Workflow = sequelize.define(
  'Workflow',
  { name: text, state: text, created_at: DataTypes.DATE },
  { tableName: 'workflows' },
);
const Execution = sequelize.define(
  'Execution',
  { status: text, tokens: DataTypes.INTEGER, started_at: DataTypes.DATE },
  { tableName: 'executions' },
);
const Message = sequelize.define(
  'Message',
  { execution_id: DataTypes.INTEGER, role: text, content: text },
  { tableName: 'messages' },
);
const Session = sequelize.define(
  'Session',
  { id: { type: text, primaryKey: true }, user_name: text },
  { tableName: 'sessions' },
);
Agent.belongsTo(Team);
Team.hasMany(Agent);
Agent.hasMany(Workflow);
Workflow.belongsTo(Agent);
Workflow.hasMany(Execution);
Execution.belongsTo(Workflow);
Agent.belongsToMany(Tag, { through: 'agent_tags', timestamps: false });

await alike('authenticate', 'what a new connection asks', () => sequelize.authenticate());
await truly('getTeam in a loop', '"teams"', 'the getter of an association for each row', async () => {
  for (const agent of await Agent.findAll({ order: ['id'], limit: 17 })) await agent.getTeam();
});
await truly('getWorkflows at once', '"workflows"', 'Promise.all of getters', async () => {
  await Promise.all((await Agent.findAll({ limit: 13 })).map((agent) => agent.getWorkflows()));
});
await truly('getTags', '"tags"', 'many-to-many for each row', async () => {
  for (const agent of await Agent.findAll({ limit: 8 })) await agent.getTags();
});
await truly('findByPk in a loop', '"agents"', 'by the key of another row', async () => {
  for (const flow of await Workflow.findAll({ limit: 15, order: ['id'] }))
    await Agent.findByPk(flow.get('AgentId'));
});
await truly('count for each', 'count', 'countWorkflows of each agent', async () => {
  for (const agent of await Agent.findAll({ limit: 12 })) await agent.countWorkflows();
});
await truly(
  'nested getters',
  ['"workflows"', '"executions"'],
  'executions of workflows of agents',
  async () => {
    for (const agent of await Agent.findAll({ limit: 5, order: ['id'] }))
      for (const flow of await agent.getWorkflows({ limit: 3 })) await flow.getExecutions();
  },
);
await truly('key and own date', '"executions"', 'the date beside > differs as well', async () => {
  for (const flow of await Workflow.findAll({ limit: 13, order: ['id'] }))
    await Execution.findAll({ where: { workflow_id: flow.id, started_at: { [Op.gt]: flow.created_at } } });
});
await truly('save in a loop', 'UPDATE "workflows"', 'instance.save for each row', async () => {
  for (const flow of await Workflow.findAll({ limit: 9 })) {
    flow.name += '!';
    await flow.save();
  }
});
await truly(
  'create in a loop',
  'INSERT INTO "messages"',
  'Model.create for each line of a body',
  async () => {
    for (const n of range(13)) await Message.create({ execution_id: 2, role: 'user', content: `line ${n}` });
  },
);
await truly('destroy in a loop', 'DELETE FROM "messages"', 'instance.destroy for each row', async () => {
  for (const message of await Message.findAll({ order: [['id', 'DESC']], limit: 8 })) await message.destroy();
});
await truly('findOrCreate', '"tags"', 'a transaction of its own for each name', async () => {
  for (const n of range(13)) await Tag.findOrCreate({ where: { name: `tag-${n + 1}` } });
});
await truly('with sqlcommenter', '"teams"', 'a comment by a hook on every query', async (traceId) => {
  const query = sequelize.query.bind(sequelize);
  sequelize.query = (sql, ...rest) =>
    query(typeof sql === 'string' ? `${sql.replace(/;$/, '')} ${traceparent(traceId)}` : sql, ...rest);
  for (const agent of await Agent.findAll({ limit: 11 })) await agent.getTeam();
  sequelize.query = query;
});

await alike('include', 'one join', () => Agent.findAll({ include: [Team, Tag], limit: 20 }));
await alike('include separate', 'one list a relation', () =>
  Agent.findAll({ include: [{ model: Workflow, separate: true }], limit: 20 }),
);
await alike('lists in chunks', 'seven lists of 40', async () => {
  for (const n of range(7)) await Execution.findAll({ where: { id: range(40, (each) => n * 40 + each) } });
});
await alike('bulkCreate in chunks', 'six inserts of 30 rows', async () => {
  for (const n of range(6))
    await Message.bulkCreate(range(30, (each) => ({ execution_id: n, role: 'user', content: `${each}` })));
});
await duplicate('findAndCountAll pages', 'count(*)', 'counts anew for each page', async () => {
  for (const n of range(8)) await Execution.findAndCountAll({ order: ['id'], limit: 25, offset: n * 25 });
});
await alike('keyset pages', 'from the last id on', async () => {
  let last = 0;
  for (const _ of range(8))
    last = (await Execution.findAll({ where: { id: { [Op.gt]: last } }, order: ['id'], limit: 30 })).at(
      -1,
    ).id;
});
await alike('describe tables', 'the query interface asks the catalog', async () => {
  const queries = sequelize.getQueryInterface();
  for (const name of ['teams', 'agents', 'tags', 'workflows', 'executions', 'messages']) {
    await queries.describeTable(name);
    await queries.showIndex(name);
  }
});
await alike('sync', 'CREATE TABLE IF NOT EXISTS and the indexes of each', () => sequelize.sync());
await alike('four', 'below the threshold', async () => {
  for (const agent of await Agent.findAll({ limit: 4 })) await agent.getTeam();
});
await alike('statuses', 'six words of the code after a list', async () => {
  await Tag.findAll({ limit: 8 });
  for (const status of ['done', 'failed', 'running', 'queued', 'lost', 'new'])
    await Execution.count({ where: { status } });
});
await alike('polling', 'reload', async () => {
  const execution = await Execution.findByPk(9);
  for (const _ of range(7)) {
    await execution.reload();
    await pause(110);
  }
});
await alike('increment and reload', 'a read after each write', async () => {
  const execution = await Execution.findByPk(10);
  for (const _ of range(7)) {
    await execution.increment('tokens');
    await execution.reload();
  }
});
await alike('transactions', 'seven transactions around two reads each', async () => {
  for (const n of range(3))
    await sequelize.transaction(async (transaction) => {
      await Team.findByPk(n + 1, { transaction });
      await Agent.findByPk(n + 1, { transaction });
    });
});
await alike('raw catalog', 'locks and sizes of tables', async () => {
  for (const name of ['teams', 'agents', 'tags', 'workflows', 'executions'])
    await sequelize.query('SELECT pg_total_relation_size($1::regclass)', {
      bind: [name],
      type: QueryTypes.SELECT,
    });
});
await duplicate('the session again', '"sessions"', 'each resolver loads the session', async () => {
  for (const _ of range(7)) await Session.findByPk('session-4');
});
await sequelize.close();
finish();
