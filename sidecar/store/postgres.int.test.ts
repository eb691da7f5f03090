import assert from 'node:assert/strict';
import { after, before, describe, it } from 'mocha';
import { silentLog, testDatabase, type TestDatabase } from './contract-databases.ts';
import { appended, collected, isCode, until } from './contract-events.ts';
import { openGate } from './contract-gate.ts';
import { postgresStore } from './postgres.ts';
import { storeContract } from './store-contract.ts';

storeContract('PostgreSQL', async () => {
  const database = await testDatabase();
  let nowMs = Date.parse('2026-01-02T03:04:05Z');
  let ids = 0;
  const create = () =>
    postgresStore({
      url: database.url,
      log: database.log,
      now: () => new Date(nowMs),
      newId: () => `store-${(ids += 1)}`,
    });
  const store = create();
  const second = create();
  return {
    store,
    second,
    advance: (seconds) => void (nowMs += seconds * 1000),
    async dispose() {
      await Promise.all([store.close(), second.close()]);
      await database.drop();
    },
  };
});

describe('event store on PostgreSQL', () => {
  let database: TestDatabase;
  let count = 0;
  const store = (url = database.url) =>
    postgresStore({ url, log: silentLog, now: () => new Date(), newId: () => `own-${(count += 1)}` });
  before(async () => void (database = await testDatabase()));
  after(async () => database.drop());

  it('is migrated once by many sidecars that start together', async () => {
    const stores = Array.from({ length: 6 }, () => store());
    await Promise.all(stores.map((each) => each.open()));
    await Promise.all(stores.map((each, index) => each.append([appended({ id: String(index) })])));
    assert.equal(await stores[0]?.head(), 6);
    await Promise.all(stores.map((each) => each.close()));
  });

  it('connects as outrider, in UTC, and waits for the disk whatever the database says', async () => {
    const [{ name } = {}] = await database.query('SELECT current_database() AS name');
    await database.query(`ALTER DATABASE ${String(name)} SET synchronous_commit = off`);
    await database.query(`ALTER DATABASE ${String(name)} SET timezone = 'Asia/Kathmandu'`);
    const own = store();
    await own.open();
    await own.append([appended({ type: 'test/time', at: '2026-01-02T23:59:59.999Z' })]);
    const [read] = await own.page({ types: ['test/time'] });
    assert.equal(read?.at, '2026-01-02T23:59:59.999Z');
    const sessions = await database.query(
      "SELECT count(*)::int AS count FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'outrider'",
    );
    assert.ok(Number(sessions[0]?.['count']) > 0);
    await own.close();
  });

  it('refuses a schema that a newer Outrider has made', async () => {
    const newer = await testDatabase();
    const own = store(newer.url);
    await own.open();
    await newer.query('INSERT INTO outrider.migrations (number) VALUES (999)');
    await assert.rejects(
      own.open(),
      (error) => isCode(error, 'store_unavailable') && /newer/.test(error.message),
    );
    await own.close();
    await newer.drop();
  });

  it('says that it is unavailable when nobody listens, and that soon', async () => {
    const own = store('postgresql://nobody@127.0.0.1:1/none');
    await assert.rejects(own.open(), (error) => isCode(error, 'store_unavailable'));
    await assert.rejects(own.append([appended({})]), (error) => isCode(error, 'store_unavailable'));
    await assert.rejects(collected(own.stream({})), (error) => isCode(error, 'store_unavailable'));
    await own.close();
  });

  it('goes on after its connections were cut, also in the middle of a replay', async () => {
    const gate = await openGate(new URL(database.url));
    const own = store(gate.url);
    await own.open();
    for (let round = 0; round < 5; round += 1)
      await own.append(Array.from({ length: 1_000 }, () => appended({ data: 'x'.repeat(2_000) })));
    let seen = 0;
    const replay = (async () => {
      for await (const _event of own.stream({})) if ((seen += 1) === 10) gate.shut();
    })();
    await assert.rejects(replay, (error) => isCode(error, 'store_unavailable'));
    await assert.rejects(own.append([appended({})]), (error) => isCode(error, 'store_unavailable'));
    gate.open();
    assert.equal((await own.append([appended({})])).length, 1);
    await own.close();
    await gate.close();
  });

  it('hears of appends again after its listening connection was cut', async () => {
    const gate = await openGate(new URL(database.url));
    const [own, other] = [store(gate.url), store()];
    let hints = 0;
    own.onAppended(() => (hints += 1));
    await until(() => hints > 0, 'the listener');
    gate.shut();
    await until(() => hints > 3, 'polling');
    gate.open();
    await until(async () => {
      const sessions = await database.query(
        "SELECT FROM pg_stat_activity WHERE datname = current_database() AND query LIKE 'LISTEN%'",
      );
      return sessions.length > 0;
    }, 'the listener to be back');
    const before = hints;
    await other.append([appended({})]);
    await until(() => hints > before, 'the hint');
    await Promise.all([own.close(), other.close(), gate.close()]);
  });

  it('leaves a day that is being read, and drops it the next time', async () => {
    const own = store();
    await own.append([appended({ keep: 'days', at: '2020-01-01T00:00:00.000Z' })]);
    const reader = store();
    const reading = reader.stream({})[Symbol.asyncIterator]();
    await reading.next();
    assert.deepEqual(await own.retain(7, new Date()), []);
    await reading.return?.();
    assert.deepEqual(await own.retain(7, new Date()), ['2020-01-01']);
    await Promise.all([own.close(), reader.close()]);
  });
});
