import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { allowed, deny, type MessageGuard, type MessageVerdict } from '../../shared/index.ts';
import { exchangeRecord, fakeHost, loaded, plugin, settled } from './fake-host.ts';

const screening = (name: string, check: MessageGuard['check'], more: Partial<MessageGuard> = {}) =>
  plugin(name, () => ({ beforeMessage: { maxBytes: 100, onFailure: 'allow', check, ...more } }));

const refuse = deny(403, 'No.', { code: 'injection_refused', details: { rule: 7 } });
const socket = () => exchangeRecord({ target: '/ws/1', route: '/ws/:id' });

describe('guards on messages', () => {
  it('are not there unless a plugin asks for messages of such requests', async () => {
    const { host } = await fakeHost([
      loaded(plugin('other', () => ({}))),
      loaded(screening('screen', () => allowed, { match: { paths: /^\/ws\// } })),
    ]);
    assert.equal(host.pipeline.messageWatch(exchangeRecord({ target: '/elsewhere' })), null);
    assert.equal(host.pipeline.messageWatch(socket())?.maxBytes, 100);
    await host.close();
  });

  it('see the most that any of them wants, and are asked in order up to the first enforced no', async () => {
    const asked: string[] = [];
    const note = (name: string, verdict: MessageVerdict, maxBytes: number) =>
      screening(name, ({ text }) => (asked.push(`${name}: ${text}`), verdict), { maxBytes });
    const { host, recorder } = await fakeHost([
      loaded(note('one', allowed, 10)),
      loaded(note('two', refuse, 20)),
      loaded(note('three', allowed, 5)),
    ]);
    const watch = host.pipeline.messageWatch(socket());
    assert.equal(watch?.maxBytes, 20);
    assert.equal(watch?.isEnforced, true);
    assert.equal((await watch?.check('hi', false))?.allow, false);
    assert.deepEqual(asked, ['one: hi', 'two: hi']);
    const [denied] = recorder.of('guard/denied');
    assert.equal(denied?.['plugin'], 'two');
    assert.equal(denied?.['route'], '/ws/:id');
    assert.deepEqual(denied?.['details'], { rule: 7 });
  });

  it('only report in observe mode, and make nobody wait', async () => {
    let answer: (verdict: MessageVerdict) => void = () => undefined;
    const { host, recorder } = await fakeHost([
      loaded(
        screening('slow', () => new Promise((resolve) => (answer = resolve))),
        'observe',
      ),
    ]);
    const watch = host.pipeline.messageWatch(socket());
    assert.equal(watch?.isEnforced, false);
    assert.equal((await watch?.check('hi', false))?.allow, true);
    answer(refuse);
    await settled();
    assert.equal(recorder.of('guard/denied')[0]?.['isEnforced'], false);
  });

  for (const onFailure of ['allow', 'deny'] as const) {
    it(`that throw or are late do what onFailure ${onFailure} says`, async () => {
      const broken = screening(
        'broken',
        () => {
          throw new Error('broken');
        },
        { onFailure },
      );
      const { host } = await fakeHost([loaded(broken)]);
      const verdict = await host.pipeline.messageWatch(socket())?.check('hi', false);
      assert.equal(verdict?.allow, onFailure === 'allow');
      assert.equal(host.plugins()[0]?.hooks[0]?.failures, 1);

      const hanging = screening('hanging', () => new Promise<MessageVerdict>(() => undefined), { onFailure });
      const late = await fakeHost([loaded(hanging)]);
      const pending = late.host.pipeline.messageWatch(socket())?.check('hi', false);
      await late.clock.advance(51);
      assert.equal((await pending)?.allow, onFailure === 'allow');
    });
  }

  it('must say how much of a message they look at', async () => {
    const blind = plugin('blind', () => ({
      // Plugins in JavaScript have no compiler.
      beforeMessage: { onFailure: 'allow', check: () => allowed } as unknown as MessageGuard,
    }));
    await assert.rejects(fakeHost([loaded(blind)]), /blind: beforeMessage needs maxBytes/);
  });
});
