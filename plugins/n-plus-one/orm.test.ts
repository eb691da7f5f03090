import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { ormOf } from './orm.ts';

describe('the tool that wrote a statement is recognised by its style', () => {
  const cases: readonly (readonly [orm: string, sql: string])[] = [
    [
      'SQLAlchemy',
      'SELECT agents.id AS agents_id, agents.name AS agents_name FROM agents WHERE agents.id = %(pk_1)s',
    ],
    ['SQLAlchemy', 'SELECT agents.id, agents.name FROM agents WHERE agents.id = $1::INTEGER'],
    [
      'Django',
      'SELECT "app_agent"."id", "app_agent"."name" FROM "app_agent" WHERE "app_agent"."id" = 7 LIMIT 21',
    ],
    [
      'TypeORM',
      'SELECT "Agent"."id" AS "Agent_id", "Agent"."name" AS "Agent_name" FROM "agent" "Agent" WHERE "Agent"."id" = $1',
    ],
    [
      'Prisma',
      'SELECT "public"."Agent"."id" FROM "public"."Agent" WHERE ("public"."Agent"."id" = $1 AND 1=1) LIMIT $2 OFFSET $3',
    ],
    ['Sequelize', 'SELECT "id", "name" FROM "agents" AS "Agent" WHERE "Agent"."id" = 7;'],
    ['Active Record', 'SELECT "agents".* FROM "agents" WHERE "agents"."id" = $1 LIMIT $2'],
    ['Knex or Kysely', 'select * from "agents" where "id" = $1 limit $2'],
    ['plain SQL', 'SELECT name FROM agents WHERE id = $1'],
  ];
  for (const [orm, sql] of cases)
    it(`${orm}: ${sql.slice(0, 50)}`, () => assert.equal(ormOf({ text: sql }), orm));
});
