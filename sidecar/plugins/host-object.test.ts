import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { Host } from '../../shared/index.ts';
import { Shared } from '../../shared/index.ts';
import { bucketOf } from './durations.ts';
import { fakeHost, loaded, plugin } from './fake-host.ts';
import { newId } from './new-id.ts';

describe('the host as a plugin sees it', () => {
  it('repeats work, never twice at a time, until the plugin stops', async () => {
    const release: (() => void)[] = [];
    let runs = 0;
    const worker = plugin('worker', (host) => {
      host.every(10, () => {
        runs += 1;
        return new Promise<void>((resolve) => release.push(resolve));
      });
      return {};
    });
    const { host, clock } = await fakeHost([loaded(worker)]);
    await clock.advance(35_000);
    assert.equal(runs, 1);
    release.shift()?.();
    await clock.advance(10_000);
    assert.equal(runs, 2);
    release.shift()?.();
    await host.close();
    await clock.advance(60_000);
    assert.equal(runs, 2);
  });

  it('says the mode of now', async () => {
    let seen: Host | null = null;
    const watcher = plugin('watcher', (host) => {
      seen = host;
      return {};
    });
    const { host } = await fakeHost([loaded(watcher, 'observe')]);
    const mode = () => (seen as Host | null)?.mode;
    assert.equal(mode(), 'observe');
    await host.run(
      'plugins/set-mode',
      { plugin: 'watcher', mode: 'enforce' },
      { kind: 'user', id: 'a', label: 'A' },
    );
    assert.equal(mode(), 'enforce');
  });

  it('keeps what two plugins share under one name apart', async () => {
    const counts: number[] = [];
    const counting = (name: string) =>
      plugin(
        name,
        async (host) => {
          // Safe: `uses` below lists it under this name.
          const { shared } = host as unknown as {
            shared: { increment(k: string, by: number, s: number): Promise<number> };
          };
          counts.push(await shared.increment('n', 1, 60));
          return {};
        },
        { uses: { shared: Shared } },
      );
    await fakeHost([loaded(counting('a')), loaded(counting('b'))]);
    assert.deepEqual(counts, [1, 1]);
  });

  it('makes ids of 26 characters that sort by time and do not repeat', () => {
    const ids = Array.from({ length: 5_000 }, (_, index) => newId(1_700_000_000_000 + index));
    assert.deepEqual(ids.toSorted(), ids);
    assert.equal(new Set(Array.from({ length: 5_000 }, () => newId(1))).size, 5_000);
    assert.match(ids[0] ?? '', /^[0-9A-HJKMNP-TV-Z]{26}$/);
  });

  it('counts a duration in the lowest bucket that is above it', () => {
    const cases: readonly (readonly [number, number])[] = [
      [0, 0],
      [0.06, 0],
      [0.0625, 1],
      [0.124, 1],
      [0.125, 2],
      [1, 5],
      [1_000, 14],
      [1e12, 23],
    ];
    for (const [durationMs, bucket] of cases) assert.equal(bucketOf(durationMs), bucket, `${durationMs} ms`);
  });
});
