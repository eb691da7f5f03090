/** Knex 3 and Objection 3 on node-postgres. */
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

const knex = packages('knex')({ client: 'pg', connection: databaseUrl, pool: { min: 0, max: 5 } });
const { Model } = packages('objection');
Model.knex(knex);
class Team extends Model {
  static tableName = 'teams';
}
class Workflow extends Model {
  static tableName = 'workflows';
}
class Agent extends Model {
  static tableName = 'agents';
  static relationMappings = {
    team: {
      relation: Model.BelongsToOneRelation,
      modelClass: Team,
      join: { from: 'agents.team_id', to: 'teams.id' },
    },
    workflows: {
      relation: Model.HasManyRelation,
      modelClass: Workflow,
      join: { from: 'agents.id', to: 'workflows.agent_id' },
    },
  };
}
await knex.raw('select 1');

await truly('first in a loop', 'from "teams"', 'await first() for each row', async () => {
  for (const agent of await knex('agents').orderBy('id').limit(16))
    await knex('teams').where({ id: agent.team_id }).first();
});
await truly('all at once', 'from "workflows"', 'Promise.all', async () => {
  await Promise.all(
    (await knex('agents').orderBy('id').limit(14)).map(({ id }) => knex('workflows').where('agent_id', id)),
  );
});
await truly('$relatedQuery', 'from "workflows"', 'Objection: a relation of each instance', async () => {
  for (const agent of await Agent.query().limit(9)) await agent.$relatedQuery('workflows');
});
await truly('findById', 'from "teams"', 'Objection: by key in a loop', async () => {
  for (const agent of await Agent.query().orderBy('id').limit(12)) await Team.query().findById(agent.team_id);
});
await truly(
  '$fetchGraph of each',
  'from "teams"',
  'Objection: the graph of each instance alone, a list of one key',
  async () => {
    for (const agent of await Agent.query().orderBy('id').limit(10)) await agent.$fetchGraph('team');
  },
);
await truly('count for each', 'count', 'executions of each workflow', async () => {
  for (const { id } of await knex('workflows').select('id').limit(11))
    await knex('executions').where('workflow_id', id).count('* as n');
});
await truly('nested', ['from "workflows"', 'from "executions"'], 'three levels of loops', async () => {
  for (const agent of await knex('agents').orderBy('id').limit(6))
    for (const flow of await knex('workflows').where('agent_id', agent.id).orderBy('id').limit(3))
      await knex('executions').where('workflow_id', flow.id);
});
await truly('key and own date', 'from "executions"', 'the date differs as well', async () => {
  for (const flow of await knex('workflows').orderBy('id').limit(12))
    await knex('executions').where('workflow_id', flow.id).andWhere('started_at', '>', flow.created_at);
});
await truly('update in a loop', 'update "workflows"', 'one update for each row', async () => {
  for (const { id } of await knex('workflows').limit(10))
    await knex('workflows').where({ id }).update({ state: 'live' });
});
await truly('insert in a loop', 'insert into "messages"', 'one insert for each line', async () => {
  for (const n of range(14))
    await knex('messages').insert({ execution_id: 1, role: 'user', content: `${n}` });
});
await truly('delete in a transaction', 'delete from "comments"', 'one delete for each row', () =>
  knex.transaction(async (trx) => {
    for (const { id } of await trx('comments').orderBy('id', 'desc').limit(8))
      await trx('comments').where({ id }).del();
  }),
);
await truly('with sqlcommenter', 'from "teams"', 'a comment by the builder', async (traceId) => {
  const comment = traceparent(traceId).slice(2, -2);
  for (const agent of await knex('agents').comment(comment).orderBy('id').limit(13))
    await knex('teams').comment(comment).where({ id: agent.team_id }).first();
});

await alike('join', 'one statement', () =>
  knex('agents').join('teams', 'teams.id', 'agents.team_id').limit(20),
);
await alike('withGraphFetched', 'one list a relation', () =>
  Agent.query().withGraphFetched('[team, workflows]').limit(30),
);
await alike('whereIn in chunks', 'six lists', async () => {
  for (const n of range(6))
    await knex('executions').whereIn(
      'id',
      range(80, (each) => n * 80 + each),
    );
});
await alike('batchInsert', 'seven inserts of 30 rows in a transaction', () =>
  knex.batchInsert(
    'messages',
    range(210, (n) => ({ execution_id: 1, role: 'user', content: `${n}` })),
    30,
  ),
);
await alike('offset pages', 'an export', async () => {
  for (const n of range(9))
    await knex('messages')
      .orderBy('id')
      .limit(50)
      .offset(n * 50);
});
await alike('keyset pages', 'of one workflow', async () => {
  let last = 0;
  for (const _ of range(8))
    last = (await knex('executions').where('id', '>', last).orderBy('id').limit(20)).at(-1).id;
});
await alike('migrate', 'eight migrations, each with a note', async () => {
  const names = range(8, (n) => `step_${n}`);
  await knex.migrate.latest({
    migrationSource: {
      getMigrations: async () => names,
      getMigrationName: (name) => name,
      getMigration: async (name) => ({
        up: (db) => db.schema.createTable(`knex_${name}`, (table) => table.increments()),
        down: () => undefined,
      }),
    },
  });
});
await alike('column info', 'the catalog about each table', async () => {
  for (const name of ['teams', 'agents', 'workflows', 'executions', 'messages', 'tags']) {
    await knex(name).columnInfo();
    await knex.schema.hasTable(name);
  }
});
await alike('four', 'below the threshold', async () => {
  for (const agent of await knex('agents').limit(4)) await knex('teams').where({ id: agent.team_id }).first();
});
await alike('polling', 'a tenth of a second apart', async () => {
  for (const _ of range(7)) {
    await knex('executions').where({ id: 3 }).first('status');
    await pause(110);
  }
});
await alike('savepoints', 'nested transactions', () =>
  knex.transaction(async (trx) => {
    for (const _ of range(8))
      await trx.transaction(async (inner) => {
        await inner.raw("set local work_mem = '4MB'");
      });
  }),
);
await alike('lists of a loader', 'five batches of 20', async () => {
  for (const n of range(5))
    await knex('agents').whereIn(
      'id',
      range(20, (each) => n * 20 + each),
    );
});
await duplicate('configuration again', 'from "counters"', 'read anew at each use', async () => {
  for (const _ of range(9)) await knex('counters').where({ name: 'runs' }).first();
});
await knex.destroy();
finish();
