import assert from 'node:assert/strict';
import { before, describe, it } from 'mocha';
import { loadParser } from '../conditions.ts';
import { narrower } from './narrower.ts';

const without = (text: string, columns: readonly string[], ...unsent: readonly string[]): string | null =>
  narrower(text, columns, new Set(unsent));

describe('a SELECT without columns nobody sends', () => {
  before(loadParser);

  it('writes the star out', () => {
    assert.equal(
      without('SELECT * FROM notes WHERE id = $1', ['id', 'title', 'body', 'order'], 'body'),
      'SELECT id, title, "order" FROM notes WHERE id = $1',
    );
  });

  it('keeps the qualifier of a star, and what stands beside it', () => {
    assert.equal(
      without(
        'select n.*, u.name as author from notes n join users u on true',
        ['id', 'body', 'author'],
        'body',
      ),
      'select n.id, u.name as author from notes n join users u on true',
    );
  });

  it('leaves out what an ORM wrote, by its place in the list', () => {
    assert.equal(
      without(
        `SELECT "N"."id" AS "N_id", "N"."body" AS "N_body", coalesce("N"."title", (SELECT 'x' FROM t)) AS "N_title" FROM "notes" "N" LIMIT 5`,
        ['N_id', 'N_body', 'N_title'],
        'N_body',
      ),
      `SELECT "N"."id" AS "N_id", coalesce("N"."title", (SELECT 'x' FROM t)) AS "N_title" FROM "notes" "N" LIMIT 5`,
    );
  });

  it('counts bytes as PostgreSQL does', () => {
    assert.equal(
      without(`SELECT 'äöü' AS grüße, body, id FROM notes`, ['grüße', 'body', 'id'], 'body'),
      `SELECT 'äöü' AS grüße, id FROM notes`,
    );
  });

  it('keeps the parentheses of a subselect whole', () => {
    assert.equal(
      without('SELECT id, extract(year FROM at) AS year, body FROM notes', ['id', 'year', 'body'], 'body'),
      'SELECT id, extract(year FROM at) AS year FROM notes',
    );
  });

  const impossible: readonly (readonly [why: string, text: string, columns: readonly string[]])[] = [
    ['DISTINCT would keep fewer rows', 'SELECT DISTINCT title, body FROM notes', ['title', 'body']],
    ['a UNION has several lists', 'SELECT id, body FROM a UNION SELECT id, body FROM b', ['id', 'body']],
    ['two stars cannot be told apart', 'SELECT a.*, b.* FROM a, b', ['id', 'x', 'body']],
    ['a name is there twice', 'SELECT * FROM a, b', ['id', 'body', 'id']],
    ['a text was cut', 'SELECT id, body FROM notes WHERE (', ['id', 'body']],
    ['nothing would be left', 'SELECT body FROM notes', ['body']],
  ];
  for (const [why, text, columns] of impossible)
    it(`is not written where ${why}`, () => assert.equal(without(text, columns, 'body'), null));
});
