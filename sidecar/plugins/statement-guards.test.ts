import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { SqlGuard, SqlVerdict, StatementAttempt } from '../../shared/index.ts';
import { fakeHost, loaded, plugin, settled } from './fake-host.ts';

const attempt: StatementAttempt = {
  text: 'DELETE FROM agents',
  fingerprint: 'delete from agents',
  parameters: [],
  database: 'app',
  user: 'app',
  exchangeId: 'e1',
  attribution: 'exact',
  candidateExchangeIds: ['e1'],
};
const no: SqlVerdict = { allow: false, reason: 'Not on a Friday.', details: { day: 5 } };
const guarded = (name: string, check: SqlGuard['check'], onFailure: SqlGuard['onFailure'] = 'allow') =>
  plugin(name, () => ({ beforeSql: { onFailure, check } }));

describe('guards before statements', () => {
  it('hold statements only while one is configured', async () => {
    const without = await fakeHost([]);
    const guardedHost = await fakeHost([loaded(guarded('g', () => ({ allow: true })))]);
    assert.deepEqual(
      [without.host.statements.isGuarded(), guardedHost.host.statements.isGuarded()],
      [false, true],
    );
  });

  it('answer at once where they do, and the first no is the answer', async () => {
    const asked: string[] = [];
    const { host, recorder } = await fakeHost([
      loaded(guarded('yes', () => (asked.push('yes'), { allow: true }))),
      loaded(guarded('no', () => (asked.push('no'), no))),
      loaded(guarded('never', () => (asked.push('never'), no))),
    ]);
    assert.equal(host.statements.check(attempt), no);
    assert.deepEqual(asked, ['yes', 'no']);
    const [denied] = recorder.of('guard/denied');
    assert.deepEqual(
      [denied?.['plugin'], denied?.['code'], denied?.['exchangeId'], denied?.['statement']],
      ['no', 'statement_refused', 'e1', { fingerprint: attempt.fingerprint, text: attempt.text }],
    );
  });

  it('are waited for in enforce mode, and not in observe mode', async () => {
    const slow = guarded('slow', async () => no);
    const enforced = await fakeHost([loaded(slow)]);
    assert.equal((await enforced.host.statements.check(attempt)).allow, false);
    const observed = await fakeHost([loaded(slow, 'observe')]);
    assert.deepEqual(observed.host.statements.check(attempt), { allow: true });
    await settled();
    assert.equal(observed.recorder.of('guard/denied')[0]?.['isEnforced'], false);
  });

  for (const onFailure of ['allow', 'deny'] as const) {
    it(`that break or hang ${onFailure} the statement`, async () => {
      const broken = guarded('broken', () => Promise.reject(new Error('broken')), onFailure);
      const hanging = guarded('hanging', () => new Promise(() => undefined), onFailure);
      for (const guard of [broken, hanging]) {
        const { host, clock } = await fakeHost([loaded(guard)]);
        const pending = host.statements.check(attempt);
        await clock.advance(50);
        assert.equal((await pending).allow, onFailure === 'allow');
      }
    });
  }

  it('are suspended after five failures', async () => {
    let calls = 0;
    const broken = guarded('broken', () => {
      calls += 1;
      throw new Error('broken');
    });
    const { host } = await fakeHost([loaded(broken)]);
    for (let statement = 0; statement < 9; statement += 1) host.statements.check(attempt);
    assert.equal(calls, 5);
  });
});
