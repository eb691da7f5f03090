import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { testDatabase, type TestDatabase } from './contract-databases.ts';
import { poolSql } from './postgres-sql.ts';
import { SqlFailure } from './sql.ts';

describe('SQL over a pool', () => {
  let database: TestDatabase;
  let pool: pg.Pool;
  before(async () => {
    database = await testDatabase();
    pool = new pg.Pool({ connectionString: database.url, max: 1 });
    // As the store does: one that is being let go may still be told that its database is dropped.
    pool.on('error', () => undefined);
  });
  after(async () => {
    await pool.end();
    await database.drop();
  });

  it('gives up a statement that takes too long, and goes on over another connection', async () => {
    const sql = poolSql(pool, 1);
    await assert.rejects(sql.query('SELECT pg_sleep(60)'), (error) => error instanceof SqlFailure);
    assert.deepEqual(await poolSql(pool, 15_000).query('SELECT 1 + $1::int', ['1']), [['2']]);
  });

  it('tells what the server said of a statement that failed, and leaves no connection behind', async () => {
    const sql = poolSql(pool, 15_000);
    await assert.rejects(sql.query('SELECT 1/0'), { sqlstate: '22012' });
    await assert.rejects(sql.script('BEGIN; SELECT 1/0'), { sqlstate: '22012' });
    assert.deepEqual(await sql.query('SELECT 1', []), [['1']]);
    assert.equal(pool.totalCount, 1);
  });
});
