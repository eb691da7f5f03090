import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { GuardDenied, type View } from '../../shared/index.ts';
import { testHost, type TestHost } from '../../shared/testing.ts';
import type { MatchDetails } from './events.ts';
import { createHistory } from './history.ts';
import injectionFilter from './index.ts';

describe('the sample of ordinary values', () => {
  it('holds what some rule might match, redacted, and only counts the rest', () => {
    const history = createHistory(10);
    history.see('/a', 'name', 'Agent7');
    history.see('/a', 'note', "O'Neill, ada@example.org; call 123456789");
    assert.deepEqual(history.take(), {
      values: [{ route: '/a', field: 'note', value: "O'Neill, [email]; call [number]" }],
      looked: 2,
    });
    assert.equal(history.take(), null);
  });

  it('holds nothing of a field that may be a secret, little of each field, and few in all', () => {
    const history = createHistory(5);
    for (const field of ['password', 'config.apiKey', 'session_id']) history.see('/a', field, "it's; a -- b");
    for (let each = 0; each < 20; each += 1) {
      history.see('/a', 'note', `it's; a -- ${each}`);
      history.see('/b', `field-${each}`, "it's; a -- b");
    }
    const values = history.take()?.values ?? [];
    assert.equal(values.length, 5);
    assert.equal(values.filter(({ field }) => field === 'note').length <= 3, true);
    assert.ok(values.every(({ field }) => field.startsWith('field-') || field === 'note'));
  });

  it('can be left out', () => {
    const history = createHistory(0);
    history.see('/a', 'note', "it's; a -- b");
    assert.equal(history.take(), null);
  });
});

const post = (body: unknown) => ({
  method: 'POST',
  target: '/agents',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(body),
});

/** Values that pass as text, and would be refused in an identifier. */
const ordinary = '# Steps\n- one: run `ls`\n- two: look\n- three; cat /etc/hosts | sort\n\n'.repeat(4);

async function withHistory(options: object = {}): Promise<TestHost> {
  const host = await testHost(injectionFilter, { options: { learnFromOneIn: 1, ...options } });
  const passed = await host.request(post({ note: ordinary }));
  assert.equal(passed.verdict.allow, true);
  await host.advance(61);
  const { verdict, exchange } = await host.request(post({ note: "x' or '1'='1" }));
  if (!verdict.allow)
    await host.emit(
      GuardDenied,
      {
        exchangeId: exchange.id,
        plugin: 'injection-filter',
        code: verdict.code,
        status: verdict.status,
        reason: verdict.reason,
        isEnforced: true,
        method: 'POST',
        route: '/agents',
        clientAddress: '10.0.0.1',
        principal: null,
        details: verdict.details as MatchDetails,
        count: 1,
      },
      { exchange },
    );
  return host;
}

/** When, rule, where, value, now, then. */
async function differences(host: TestHost, input: object): Promise<readonly (readonly string[])[]> {
  const view = (await host.run('try-rules', input)) as Extract<View, { kind: 'stack' }>;
  const table = view.children.find((each) => each.kind === 'table');
  assert.ok(table?.kind === 'table');
  return table.rows.map(({ cells }) =>
    cells.slice(3).map((cell) => (typeof cell === 'string' ? cell : cell.text)),
  );
}

describe('trying rules on history', () => {
  it('shows what a milder rule would let pass', async () => {
    const host = await withHistory();
    for (const input of [
      { rules: { 'sql/*': 'off' } },
      { exclude: { route: '/agents', field: 'note' } },
      { field: { field: 'note', route: '/agents', kind: 'sql' } },
    ]) {
      const rows = await differences(host, input);
      assert.deepEqual(
        rows.map((row) => row.slice(1)),
        [['refused', 'passes']],
        JSON.stringify(input),
      );
    }
    assert.equal((await differences(host, { rules: { 'sql/*': 'observe' } }))[0]?.[2], 'told');
  });

  it('shows which ordinary traffic a stricter rule would refuse', async () => {
    const host = await withHistory();
    const rows = await differences(host, { field: { field: 'note', route: '/agents', kind: 'identifier' } });
    assert.equal(rows.length, 1);
    assert.match(rows[0]?.[0] ?? '', /^# Steps/);
    assert.deepEqual(rows[0]?.slice(1), ['passes', 'refused']);
  });

  it('shows what taking an exclusion back, or enforcing a rule, would refuse again', async () => {
    const host = await withHistory();
    const exclude = { route: '/agents', field: 'note' };
    await host.run('exclude', exclude);
    assert.deepEqual((await differences(host, { include: exclude }))[0]?.slice(1), ['passes', 'refused']);
    const observing = await withHistory({ rules: { 'sql/*': 'observe' } });
    const enforced = await differences(observing, { rules: { 'sql/*': 'enforce' } });
    assert.deepEqual(enforced[0]?.slice(1), ['told', 'refused']);
  });

  it('knows that Base64 is only ever told, and code as its option says', async () => {
    const host = await testHost(injectionFilter, {
      options: { fields: [{ field: 'code', kind: 'code' }] },
    });
    const hidden = Buffer.from('<script>alert(document.cookie)</script>').toString('base64');
    await host.request(post({ hidden }));
    await host.request(post({ code: 'import os\nos.system("rm -rf /")' }));
    assert.equal(host.events.length, 2);
    assert.deepEqual(await differences(host, { rules: { 'xss/*': 'enforce', 'code/*': 'enforce' } }), []);
    assert.equal((await differences(host, { rules: { 'xss/*': 'off' } })).length, 1);
  });

  it('knows that talk about an attack is only ever told', async () => {
    const host = await testHost(injectionFilter, {
      options: { fields: [{ field: 'note', kind: 'prompt' }] },
    });
    const { verdict } = await host.request(
      post({ note: "Please explain to a beginner why ' OR 1=1 is dangerous in a login form." }),
    );
    assert.equal(verdict.allow, true);
    assert.equal(host.events.length, 1);
    assert.deepEqual(await differences(host, { rules: { 'sql/*': 'enforce' } }), []);
    const dropped = await differences(host, { rules: { 'sql/*': 'off' } });
    assert.deepEqual(dropped[0]?.slice(1), ['told', 'passes']);
  });

  it('changes nothing by itself, and offers to put live what was tried', async () => {
    const host = await withHistory();
    const view = JSON.stringify(await host.run('try-rules', { rules: { 'sql/*': 'off' } }));
    assert.match(view, /"command":"injection-filter\/set-rule","input":\{"rule":"sql\/\*","mode":"off"\}/);
    assert.equal((await host.request(post({ note: "x' or '1'='1" }))).verdict.allow, false);
  });

  it('has a place on the dashboard that tells how much there is to try on', async () => {
    const host = await withHistory();
    const view = JSON.stringify(host.view('history'));
    assert.match(view, /"Attempts recorded","value":"1"/);
    assert.match(view, /"Ordinary values sampled","value":"1"/);
  });
});
