import { silentLog, testDirectory } from './contract-databases.ts';
import { embeddedStore } from './embedded.ts';
import { storeContract } from './store-contract.ts';

storeContract('embedded', async () => {
  const directory = testDirectory();
  let nowMs = Date.parse('2026-01-02T03:04:05Z');
  const store = embeddedStore({
    dataDir: directory.path,
    log: silentLog,
    now: () => new Date(nowMs),
    newId: () => 'store-1',
  });
  return {
    store,
    second: null,
    advance: (seconds) => void (nowMs += seconds * 1000),
    async dispose() {
      await store.close();
      directory.remove();
    },
  };
});
