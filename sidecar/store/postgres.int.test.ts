import { testDatabase } from './contract-databases.ts';
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
