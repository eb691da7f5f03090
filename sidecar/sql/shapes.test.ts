import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { fingerprintSync } from 'libpg-query';
import { loadParser } from './shape.ts';
import { createShapes, type Shapes } from './shapes.ts';

const touched: readonly (readonly [text: string, reads: readonly string[], writes: readonly string[]])[] = [
  ['select * from a join s.b on true where c in (select 1 from d)', ['a', 's.b', 'd'], []],
  ['with c as (select * from a) insert into t select * from c returning x', ['a'], ['t']],
  ['with gone as (delete from a where b = 1 returning *) select * from gone', [], ['a']],
  ['update t set a = u.a from u where u.id = t.id', ['u'], ['t']],
  ['merge into t using u on true when matched then delete', ['u'], ['t']],
  ['copy t (a) from stdin', [], ['t']],
  ['copy t to stdout', ['t'], []],
  ['copy (select * from q) to stdout', ['q'], []],
  ['truncate a, b', [], ['a', 'b']],
  ['create table n as select * from o', ['o'], ['n']],
  ['select * into n from o', ['o'], ['n']],
  ['drop table if exists x, s.y', [], ['x', 's.y']],
  ['create index on t (a)', [], ['t']],
  ["alter table t add column b interval default '1 day'", [], ['t']],
  ['set search_path = x', [], []],
];

describe('shapes', () => {
  let shapes: Shapes;
  before(loadParser);
  before(() => (shapes = createShapes()));

  for (const [text, reads, writes] of touched)
    it(`tell the tables of ${text}`, () => {
      const shape = shapes.of(text);
      assert.deepEqual([shape.reads, shape.writes], [reads, writes]);
    });

  it("have libpg_query's own fingerprint", () => {
    for (const text of [
      "select a from t where b = 'x' and c in (1, 2, 3)",
      'insert into t (a, b) values ($1, $2), ($3, $4)',
      "select date '2020-01-01', interval '1 day', x::varchar(10) from t limit 5 offset 3",
    ])
      assert.equal(shapes.of(text).fingerprint, fingerprintSync(text));
  });

  it('have a fingerprint even when PostgreSQL would not parse them', () => {
    assert.match(shapes.of('selekt 1').fingerprint, /^[0-9a-f]{16}$/);
    assert.equal(shapes.of('selekt 1').fingerprint, shapes.of('SELEKT 2').fingerprint);
  });

  it('are forgotten least recently used first', () => {
    const few = createShapes({ max: 4 });
    for (let i = 0; i < 100; i++) {
      few.of('select always from t');
      few.of(`select c${i} from t`);
    }
    assert.ok(few.size() <= 4);
  });
});
