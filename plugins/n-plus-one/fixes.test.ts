import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { executionsOf } from './executions.ts';
import { fixFor, needOf, type Need } from './fixes.ts';
import type { StatementSeen } from './trace.ts';

const seen = (text: string, key: string): StatementSeen => ({
  position: 1,
  fingerprint: 'f',
  text: text.replace('#', key),
  parameters: [],
  command: '',
  reads: ['workflows'],
  writes: /^(?:insert|update|delete)/i.test(text) ? ['workflows'] : [],
  rows: 1,
  startedMs: 0,
  durationMs: 1,
  connection: 1,
  transaction: 'I',
  isPartial: false,
  sqlstate: null,
});
const twice = (text: string) => executionsOf([seen(text, '1'), seen(text, '2')]);

describe('what was repeated', () => {
  const cases: Readonly<Record<string, Need>> = {
    'SELECT * FROM workflows WHERE id = #': 'one',
    'SELECT * FROM workflows WHERE workflows.agent_id = #': 'many',
    'SELECT * FROM "workflows" WHERE "workflows"."agentId" = #': 'many',
    'SELECT count(*) FROM workflows WHERE agent_id = #': 'count',
    'SELECT EXISTS (SELECT 1 FROM workflows WHERE agent_id = #)': 'exists',
    'SELECT (1) AS "a" FROM workflows WHERE agent_id = # LIMIT 1': 'exists',
    'INSERT INTO workflows (name) VALUES (#)': 'insert',
    'UPDATE workflows SET name = 1 WHERE id = #': 'update',
    'DELETE FROM workflows WHERE id = #': 'delete',
  };
  for (const [text, need] of Object.entries(cases))
    it(`${need}: ${text}`, () => assert.equal(needOf(twice(text)), need));
});

describe('the fix is in the words of the tool', () => {
  const list = twice('SELECT * FROM workflows WHERE agent_id = #');
  const one = twice('SELECT * FROM workflows WHERE id = #');

  it('for a list of each parent', () => {
    assert.match(
      fixFor('SQLAlchemy', list, 'agents'),
      /^Ask for `workflows` together with `agents`: .*selectinload/,
    );
    assert.match(fixFor('Django', list, 'agents'), /prefetch_related/);
    assert.match(fixFor('TypeORM', list, 'agents'), /relations: /);
    assert.match(fixFor('Prisma', list, 'agents'), /include: /);
    assert.match(fixFor('Sequelize', list, 'agents'), /include: \[/);
  });

  it('for the one thing that each row belongs to', () => {
    assert.match(fixFor('SQLAlchemy', one, 'agents'), /joinedload/);
    assert.match(fixFor('Django', one, 'agents'), /select_related/);
    assert.match(fixFor('plain SQL', one, undefined), /^Ask for `workflows` once for all keys: .*DataLoader/);
  });

  it('for writes', () => {
    assert.match(
      fixFor('Django', twice('INSERT INTO workflows (name) VALUES (#)'), undefined),
      /bulk_create/,
    );
    assert.match(fixFor('Sequelize', twice('DELETE FROM workflows WHERE id = #'), undefined), /destroy/);
  });
});
