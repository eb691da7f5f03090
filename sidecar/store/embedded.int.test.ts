import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { appended, isCode } from './contract-events.ts';
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

describe('embedded event store', () => {
  it('lets nobody else have its directory, and leaves everything for the next when it closes', async () => {
    const directory = testDirectory();
    const create = () =>
      embeddedStore({ dataDir: directory.path, log: silentLog, now: () => new Date(), newId: () => 'own' });
    const [first, second] = [create(), create()];
    await first.open();
    await assert.rejects(second.open(), (error) => isCode(error, 'directory_locked'));
    await first.append([appended({ data: 'kept' })]);
    await first.close();
    await assert.rejects(first.head(), (error) => isCode(error, 'store_unavailable'));
    await second.open();
    assert.equal((await second.page({}))[0]?.data, 'kept');
    await second.close();
    directory.remove();
  });
});
