import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { SqlFinished, type Verdict } from '../../shared/index.ts';
import { fakeExchange, fakeStatement, testHost, type TestHost } from '../../shared/testing.ts';
import apiKeys from './index.ts';

const create = async (host: TestHost, input: object): Promise<{ key: string }> =>
  // Safe: the command's output is JSON of this shape.
  (await host.run('create', { label: 'ci', ...input })) as { key: string };

const check = (host: TestHost, key: string): Promise<Verdict> =>
  host.check(fakeExchange({ headers: { 'x-api-key': key } }));

const codeOf = (verdict: Verdict): string => (verdict.allow ? 'allowed' : verdict.code);

const fieldsOf = (verdict: Verdict): unknown => verdict.replyHeaders;

describe('a quota of an API key', () => {
  it('alone tells the client what is left of it, in the fields of a rate limit', async () => {
    const host = await testHost(apiKeys, { startsAt: '2026-01-31T23:59:00Z' });
    const { key } = await create(host, { quota: { dayRequests: 5, monthDatabaseMs: 1500 } });
    assert.deepEqual(fieldsOf(await check(host, key)), [
      ['ratelimit-policy', '"day";q=5;w=86400, "month-database";q=1500;qu="milliseconds"'],
      ['ratelimit', '"day";r=4;t=60, "month-database";r=1500;t=60'],
    ]);
  });

  it('is told beside the rate limit', async () => {
    const host = await testHost(apiKeys, { startsAt: '2026-01-01T00:00:00Z' });
    const quota = { dayRequests: 5 };
    const { key } = await create(host, { quota, rateLimit: { requests: 2, seconds: 10 } });
    assert.deepEqual(fieldsOf(await check(host, key)), [
      ['ratelimit-policy', '"key";q=2;w=10, "day";q=5;w=86400'],
      ['ratelimit', '"key";r=1;t=5, "day";r=4;t=86400'],
    ]);
  });

  it('that limits nothing tells nothing', async () => {
    const host = await testHost(apiKeys);
    const { key } = await create(host, { quota: {} });
    assert.deepEqual(fieldsOf(await check(host, key)), []);
  });

  for (const [quota, says] of [
    [{ dayRequests: 1 }, /^The quota of 1 request a day is used up; it begins anew at 2026-01-02 00:00 UTC/],
    [{ monthRequests: 1 }, /^The quota of 1 request a month .* at 2026-02-01 00:00 UTC/],
    [{ dayDatabaseMs: 40 }, /^The quota of 40 milliseconds of database time a day /],
    [{ monthDatabaseMs: 40 }, /^The quota of 40 milliseconds of database time a month /],
  ] as const)
    it(`that is used up says which it was, and when it begins anew: ${Object.keys(quota).join()}`, async () => {
      const host = await testHost(apiKeys, { startsAt: '2026-01-01T12:00:00Z' });
      const { key } = await create(host, { quota });
      // Exchanges are remembered once a tap is known to be there.
      await host.emit(SqlFinished, fakeStatement({ exchangeId: 'exchange-1', durationMs: 0 }));
      assert.equal(codeOf(await check(host, key)), 'allowed');
      await host.emit(SqlFinished, fakeStatement({ exchangeId: 'exchange-1', durationMs: 41 }));
      const refused = await check(host, key);
      assert.equal(codeOf(refused), 'quota_exhausted');
      assert.match(refused.allow ? '' : refused.reason, says);
      assert.match(JSON.stringify(fieldsOf(refused)), /r=0;/);
    });
});
