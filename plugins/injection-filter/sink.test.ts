import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { testHost } from '../../shared/testing.ts';
import injectionFilter from './index.ts';
import { changedRange } from './sink.ts';

describe('a value in a statement', () => {
  for (const [what, statement, value, changes] of [
    ['closes its string', "SELECT * FROM t WHERE name = 'x' OR '1'='1'", "x' OR '1'='1", true],
    ['takes the end of its string', "SELECT 'é '' AS only", "é '", true],
    ['takes the end of its string by a backslash', "SELECT E'ab\\' AS a, 'b'", 'ab\\', true],
    ['adds tokens to a number', 'SELECT * FROM t WHERE id = 1 OR 1=1', '1 OR 1=1', true],
    [
      'stays inside its string',
      "SELECT * FROM t WHERE name = 'O''Neill and sons'",
      "O''Neill and sons",
      false,
    ],
    ['is prose inside a string', "INSERT INTO n VALUES ('drop table; select')", 'drop table; select', false],
    ['is one name', 'SELECT * FROM agent_7', 'agent_7', false],
    ['is the whole statement', 'SELECT count(*) FROM orders', 'SELECT count(*) FROM orders', false],
    [
      'is the whole statement before tags',
      "SELECT count(*) FROM orders /*file='a.ts',line='3'*/",
      'SELECT count(*) FROM orders',
      false,
    ],
    [
      'ends like tags and adds tokens',
      "SELECT * FROM t WHERE id = 1 OR 1=1 /*a='b'*/",
      "1 OR 1=1 /*a='b'*/",
      true,
    ],
    ['stands in a comment', '/* route: /agents/7 */ SELECT 1', '/agents/7', false],
    ['stands in a dollar string', 'SELECT $q$a; b$q$', 'a; b', false],
    ['does not stand there', 'SELECT 1', "x' or 1=1", false],
  ] as const) {
    it(`${what}: ${changes ? 'changes it' : 'leaves it as it is'}`, () => {
      assert.equal(changedRange(statement, value) !== null, changes);
    });
  }
});

describe('the check at the sink', () => {
  const attack = { target: `/agents?sort=${encodeURIComponent('name; select 1')}` };

  it('refuses a statement that a value of the request in flight changes, and says why in one finding', async () => {
    const host = await testHost(injectionFilter, { options: { rules: { 'sql/*': 'observe' } } });
    const { hooks } = host;
    assert.ok(hooks.guard);
    const { fakeExchange } = await import('../../shared/testing.ts');
    const exchange = fakeExchange(attack, 'exchange-9');
    await host.check(exchange);
    const text = 'SELECT * FROM agents ORDER BY name; select 1';
    const verdict = await host.statement({ text, exchangeId: 'exchange-9' });
    assert.equal(verdict.allow, false);
    assert.equal(host.findings.length, 1);
    assert.equal(host.findings[0]?.exchangeId, 'exchange-9');
    assert.match(host.findings[0]?.title ?? '', /sort/);
  });

  it('lets bound parameters and other statements pass', async () => {
    const host = await testHost(injectionFilter, { options: { rules: { 'sql/*': 'observe' } } });
    const { fakeExchange } = await import('../../shared/testing.ts');
    await host.check(fakeExchange(attack, 'exchange-9'));
    const bound = await host.statement({
      text: 'SELECT * FROM agents WHERE name = $1',
      parameters: ['name; select 1'],
      exchangeId: 'exchange-9',
    });
    assert.equal(bound.allow, true);
    assert.equal((await host.statement({ text: 'SELECT name; select 1', exchangeId: 'other' })).allow, true);
  });

  it('reads every request in flight under one id that a client chose, and names the one it was', async () => {
    const host = await testHost(injectionFilter, { options: { rules: { 'sql/*': 'observe' } } });
    const { fakeExchange } = await import('../../shared/testing.ts');
    await host.check(fakeExchange(attack, 'chosen'));
    await host.check(fakeExchange({ target: '/harmless?a=b-c' }, 'chosen'));
    const text = 'SELECT * FROM agents ORDER BY name; select 1';
    assert.equal((await host.statement({ text, exchangeId: 'chosen' })).allow, false);
    assert.match(host.findings[0]?.title ?? '', /sort of \/agents/);
  });

  it('forgets the values once the exchange is over', async () => {
    const host = await testHost(injectionFilter, { options: { rules: { 'sql/*': 'observe' } } });
    const { fakeExchange } = await import('../../shared/testing.ts');
    const exchange = fakeExchange(attack, 'exchange-9');
    await host.check(exchange);
    exchange.finish();
    assert.equal(
      (await host.statement({ text: 'ORDER BY name; select 1', exchangeId: 'exchange-9' })).allow,
      true,
    );
  });
});
