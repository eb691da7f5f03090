import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { shapeText } from './shape-text.ts';
import { Tokenizer } from './tokenizer.ts';

const shapes: readonly (readonly [text: string, shape: string])[] = [
  ['select 1', 'select 0'],
  ["  select 'it''s',  1.5e-3 ;  ", "select '', 0"],
  ["select E'a\\'b', b'01', U&'x' -- end", "select '', '', ''"],
  ['select /* a /* nested */ one */ a from t', 'select a from t'],
  ['select "Quoted ""1""" from t1 where a1 = 5', 'select "Quoted ""1""" from t1 where a1 = 0'],
  ['select $body$ a $x$ 1 $body$, $1, $23', "select '', $1, $1"],
  ['a in (1, 2,3) and b IN ($1,$2) and c in (select 1)', 'a in (0) and b IN ($1) and c in (select 0)'],
  ['a in (-1, -2, 3)', 'a in (-0)'],
  ['f(1, 2) in (f(1, 2), 3)', 'f(0, 0) in (f(0, 0), 0)'],
  ['insert into t values (1, $1), (2, $2), (3, $3) returning a', 'insert into t values (0, $1) returning a'],
  ['values (1, null), (null, 2), (3, null), (null, null)', 'values (0, null), (null, 0), (null, null)'],
  ['select * from (values (1), (2)) as v (a) where a = 2', 'select * from (values (0)) as v (a) where a = 0'],
  ["select a->>'b'::text, array[1,2], x.y.z", "select a->>''::text, array[0,0], x.y.z"],
  ['select a\n  from\tt', 'select a from t'],
  ["select 'never closed", "select ''"],
  ['', ''],
];

describe('the shape of a statement', () => {
  for (const [text, shape] of shapes)
    it(`of ${JSON.stringify(text)} is ${JSON.stringify(shape)}`, () => assert.equal(shapeText(text), shape));

  it('does not depend on values', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer(),
        fc.array(fc.double({ noNaN: true }), { minLength: 1 }),
        (a, b, list) => {
          const quoted = `'${a.replaceAll("'", "''")}'`;
          const items = list.map((each) => Math.abs(Number.isFinite(each) ? each : 1)).join(', ');
          assert.equal(
            shapeText(`select ${quoted} from t where a = ${Math.abs(b)} and c in (${items})`),
            "select '' from t where a = 0 and c in (0)",
          );
        },
      ),
    );
  });

  it('is one for statements with a quote too many, whatever trace id is appended to them', () => {
    const failing = (name: string, id: string) =>
      `select * from t where a ilike '%${name}%' order by id limit 20 /*framework='demo',traceparent='00-${id}-01'*/`;
    assert.equal(shapeText(failing("O'Brien", '0af7')), shapeText(failing("O'Brien", 'b7ad')));
    assert.equal(shapeText(failing("O'Brien", '0af7')), "select * from t where a ilike ''Brien%''");
    assert.equal(shapeText("select '/*a=''b''*/'"), "select ''");
  });

  it('takes any text, in time that grows with its length alone', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        assert.equal(typeof shapeText(text), 'string');
      }),
    );
  });
});

describe('the tokenizer', () => {
  it('leaves no character out', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...`aE'"$1-/*;(. \n\\é`) }), (text) => {
        const tokens = new Tokenizer(text);
        let seen = '';
        while (tokens.next()) seen += text.slice(tokens.start, tokens.end);
        assert.equal(seen, text);
      }),
    );
  });
});
