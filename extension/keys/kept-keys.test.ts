import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { keptKeys } from './kept-keys.ts';

function stage() {
  const secrets = new Map<string, string>();
  const list = new Map<string, unknown>();
  const keeping = {
    secrets: {
      get: async (name: string) => secrets.get(name),
      store: async (name: string, value: string) => void secrets.set(name, value),
      delete: async (name: string) => void secrets.delete(name),
    },
    list: {
      get: (name: string) => list.get(name),
      update: async (name: string, value: unknown) => void list.set(name, value),
    },
  };
  return { kept: keptKeys(keeping), secrets, list };
}

const about = { digest: 'd1', label: 'ci', start: 'sc_live_ab12', keptAt: '2026-11-23T00:00:00.000Z' };

describe('A kept key', () => {
  it('lies in the secret storage alone, and is listed by what tells it apart', async () => {
    const { kept, secrets, list } = stage();
    await kept.keep('the key', about);
    assert.deepEqual([...secrets.values()], ['the key']);
    assert.ok(!JSON.stringify([...list]).includes('the key'));
    assert.deepEqual(kept.all(), [about]);
    assert.equal(await kept.read(about), 'the key');
  });

  it('is listed once however often it is kept, and gone when forgotten', async () => {
    const { kept, secrets } = stage();
    await kept.keep('the key', about);
    await kept.keep('the key', { ...about, label: 'again' });
    assert.equal(kept.all().length, 1);
    await kept.forget(about);
    assert.deepEqual([kept.all(), secrets.size], [[], 0]);
  });
});
