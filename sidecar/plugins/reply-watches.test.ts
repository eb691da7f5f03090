import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { describe, it } from 'mocha';
import type { ReplyKeys, ReplyWatch } from '../../shared/index.ts';
import { exchangeRecord, fakeHost, loaded, plugin, settled } from './fake-host.ts';

const text = JSON.stringify({ user: { name: 'secret value' } });

async function told(watch: Partial<ReplyWatch>, body = Buffer.from(text), coding?: string) {
  const seen: ReplyKeys[] = [];
  const hook: ReplyWatch = { wants: () => true, seen: (_exchange, reply) => void seen.push(reply), ...watch };
  const { host } = await fakeHost([loaded(plugin('keys', () => ({ replyKeys: hook })))]);
  const watcher = host.pipeline.replyWatch(exchangeRecord({ target: '/users' }));
  watcher?.seen(body, coding);
  await settled();
  return { seen, host, isAsked: watcher !== null };
}

/** A decoder answers from a thread of its own, whenever that gets its turn. */
const toldOfCoded = (body: Buffer<ArrayBuffer>, coding: string) =>
  new Promise<ReplyKeys>((resolve) => {
    void told({ seen: (_exchange, reply) => resolve(reply) }, body, coding);
  });

describe('plugins that want to know of the keys of replies', () => {
  it('are told paths and size, no values', async () => {
    const { seen } = await told({});
    assert.deepEqual(seen, [{ paths: ['user', 'user.name'], bytes: text.length }]);
  });

  it('are told of the decoded body', async () => {
    const reply = await toldOfCoded(gzipSync(text), 'gzip');
    assert.deepEqual(reply, { paths: ['user', 'user.name'], bytes: text.length });
  });

  it('cost nothing where they do not want to or do not match', async () => {
    assert.equal((await told({ wants: () => false })).isAsked, false);
    assert.equal((await told({ match: { paths: /^\/other/ } })).isAsked, false);
    const { host } = await fakeHost([loaded(plugin('none', () => ({})))]);
    assert.equal(host.pipeline.hasReplyWatches(), false);
  });

  it('are not told of what is no JSON', async () => {
    assert.deepEqual((await told({}, Buffer.from('{"a":'))).seen, []);
  });

  it('are counted as failing when they throw, and harm nobody', async () => {
    const broken = (): never => {
      throw new Error('broken');
    };
    const { host, isAsked } = await told({ wants: broken });
    assert.equal(isAsked, false);
    assert.equal(host.plugins()[0]?.hooks[0]?.failures, 1);
    const late = await told({ seen: broken });
    assert.equal(late.host.plugins()[0]?.hooks[0]?.failures, 1);
  });
});
