import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { GuardDenied, reply } from '../../shared/index.ts';
import { testHost, type TestHost } from '../../shared/testing.ts';
import { SqlReached, type MatchDetails } from './events.ts';
import injectionFilter from './index.ts';
import { createLearner } from './learning.ts';

const attack = {
  method: 'POST',
  target: '/agents',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ note: "x' or '1'='1" }),
};

async function refuse(host: TestHost, clientAddress = '10.0.0.1'): Promise<void> {
  const { verdict, exchange } = await host.request({ ...attack, clientAddress });
  assert.ok(!verdict.allow);
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
      clientAddress,
      principal: null,
      details: verdict.details as MatchDetails,
      count: 1,
    },
    { exchange },
  );
}

describe('managing the injection filter', () => {
  it('excludes one rule on one route in one field, and takes it back', async () => {
    const host = await testHost(injectionFilter);
    const { verdict } = await host.request(attack);
    assert.ok(!verdict.allow);
    const { rule, field } = verdict.details as MatchDetails;
    await host.run('exclude', { rule, route: '/agents', field });
    assert.equal((await host.request(attack)).verdict.allow, true);
    await host.run('include', { rule, route: '/agents', field });
    assert.equal((await host.request(attack)).verdict.allow, false);
    assert.equal(host.events.filter(({ type }) => type === 'injection-filter/settings-changed').length, 2);
  });

  it('takes no input that it would not act on: a misspelt field, a rule that cannot be', async () => {
    const host = await testHost(injectionFilter);
    for (const [name, input] of [
      ['set-rule', { rule: 'sql/*', mode: 'off', route: '/agents' }],
      ['set-rule', { rule: 'everything', mode: 'off' }],
      ['reset-rule', { rule: 'sql/*', all: true }],
      ['set-field', { field: 'note', kind: 'prompt', routes: ['/agents'] }],
      ['block-source', { address: '10.0.0.1', hours: 1 }],
      ['unblock-source', { address: '10.0.0.1', minutes: 1 }],
      ['try-rules', { rule: 'sql/*', mode: 'off' }],
      ['attempt', { exchangeId: 'a', rule: 'sql/*' }],
      ['settings', { all: true }],
    ] as const)
      await assert.rejects(host.run(name, input), `${name} ${JSON.stringify(input)}`);
    assert.equal(host.events.length, 0);
  });

  it('changes what a rule does', async () => {
    const host = await testHost(injectionFilter);
    await host.run('set-rule', { rule: 'sql/*', mode: 'observe' });
    assert.equal((await host.request(attack)).verdict.allow, true);
  });

  it('judges an identifier more strictly than a prompt', async () => {
    const host = await testHost(injectionFilter);
    const body = JSON.stringify({
      note: '# Steps\n- one: run `ls`\n- two: look\n- three; cat /etc/hosts | sort\n\n'.repeat(4),
    });
    assert.equal((await host.request({ ...attack, body })).verdict.allow, true);
    await host.run('set-field', { field: 'note', route: '/agents', kind: 'identifier' });
    assert.equal((await host.request({ ...attack, body })).verdict.allow, false);
  });

  it('lets SQL pass in a field for SQL', async () => {
    const host = await testHost(injectionFilter, { options: { fields: [{ field: 'note', kind: 'sql' }] } });
    assert.equal((await host.request(attack)).verdict.allow, true);
  });

  it('tells unsafe code in a field for code, and refuses it when configured', async () => {
    const body = JSON.stringify({ note: 'import os\nos.system("rm -rf /")' });
    const fields = [{ field: 'note', kind: 'code' }];
    const told = await testHost(injectionFilter, { options: { fields } });
    assert.equal((await told.request({ ...attack, body })).verdict.allow, true);
    assert.equal(told.events.length, 1);
    const refused = await testHost(injectionFilter, { options: { fields, codeSafety: 'enforce' } });
    assert.equal((await refused.request({ ...attack, body })).verdict.allow, false);
  });

  it('blocks a source for a while and lets it in again', async () => {
    const host = await testHost(injectionFilter);
    const request = { target: '/agents', clientAddress: '10.9.9.9' };
    await host.run('block-source', { address: '10.9.9.9', minutes: 5 });
    assert.equal((await host.request(request)).verdict.allow, false);
    await host.advance(301);
    assert.equal((await host.request(request)).verdict.allow, true);
    await host.run('block-source', { address: '10.9.9.9' });
    await host.run('unblock-source', { address: '10.9.9.9' });
    assert.equal((await host.request(request)).verdict.allow, true);
  });

  it('lists what was changed by hand, and takes each back with one click', async () => {
    const host = await testHost(injectionFilter);
    await host.run('exclude', { rule: 'sql/*', route: '/agents', field: 'note' });
    await host.run('set-rule', { rule: 'xss/*', mode: 'observe' });
    await host.run('set-field', { field: 'note', route: '/agents', kind: 'prompt' });
    await host.run('block-source', { address: '10.9.9.9', minutes: 5 });
    const rows = () => {
      const view = host.view('changes');
      assert.ok(view.kind === 'table');
      return view.rows;
    };
    assert.deepEqual(
      rows().map(({ cells }) => cells.slice(1, 3)),
      [
        ['source blocked', '10.9.9.9'],
        ['field is prompt', 'note of /agents'],
        ['rule set to observe', 'xss/*'],
        ['excluded', 'sql/*, /agents, note'],
      ],
    );
    await host.advance(301);
    assert.equal(rows().length, 3);
    for (const { actions } of rows()) {
      const [undo] = actions ?? [];
      await host.run(undo?.command.replace('injection-filter/', '') ?? '', undo?.input);
    }
    assert.deepEqual(rows(), []);
    const { blocked: _blocked, ...left } = (await host.run('settings')) as Record<string, unknown>;
    assert.deepEqual(left, { exclusions: [], fields: [], rules: {} });
  });

  it('charts values that reached a statement beside those in requests', async () => {
    const host = await testHost(injectionFilter);
    await host.emit(SqlReached, {
      rule: 'sql/union-select',
      route: '/agents',
      place: 'query',
      field: 'q',
      fingerprint: 'select',
      excerpt: '',
      marked: [0, 0],
      isRefused: true,
    });
    const chart = host.view('sql-attempts');
    assert.ok(chart.kind === 'chart');
    assert.deepEqual(
      chart.series.map(({ points }) => points.length),
      [0, 1],
    );
  });

  it('opens one attempt with the matched part marked', async () => {
    const host = await testHost(injectionFilter);
    await refuse(host);
    const view = JSON.stringify(await host.run('attempt', { exchangeId: 'exchange-1' }));
    assert.match(view, /"kind":"code"/);
    assert.match(view, /block-source/);
    assert.match(view, /"label":"Only observe the rule"/);
    assert.match(view, /"label":"Try: exclude","command":"injection-filter\/try-rules"/);
  });

  it('offers an exclusion for a rule that fires for many and reaches no statement', async () => {
    const host = await testHost(injectionFilter);
    for (let times = 0; times < 12; times += 1) await refuse(host, `10.0.0.${times}`);
    const view = host.view('false-positive-candidates');
    assert.ok(view.kind === 'table' && view.rows.length === 1);
    assert.equal(view.rows[0]?.actions?.[0]?.command, 'injection-filter/exclude');
  });

  it('suspects no rule of a class that did come through that field as SQL', async () => {
    const host = await testHost(injectionFilter);
    for (let times = 0; times < 12; times += 1) await refuse(host, `10.0.0.${times}`);
    const shown = () => {
      const view = host.view('false-positive-candidates');
      return view.kind === 'table' ? view.rows.length : 0;
    };
    const reached = { route: '/agents', place: 'json', field: 'note', fingerprint: '', excerpt: '' };
    const rest = { ...reached, marked: [0, 0] as [number, number], isRefused: true };
    await host.emit(SqlReached, { ...rest, rule: 'command/separator' });
    assert.equal(shown(), 1);
    await host.emit(SqlReached, { ...rest, rule: 'sql/union-select' });
    assert.equal(shown(), 0);
  });

  it('draws attempts over time, sources, and live logs', async () => {
    const host = await testHost(injectionFilter);
    await refuse(host);
    const chart = host.view('sql-attempts');
    assert.ok(chart.kind === 'chart' && chart.series[0]?.points.length === 1);
    const sources = host.view('top-sources');
    assert.ok(sources.kind === 'table' && sources.rows[0]?.actions?.length === 1);
    const log = host.view('attempts');
    assert.ok(log.kind === 'timeline' && log.entries[0]?.open?.command === 'injection-filter/attempt');
  });

  it('proposes a kind for a field it has seen often, and holds it only once approved', async () => {
    const host = await testHost(injectionFilter, { options: { learnFromOneIn: 1 } });
    for (let times = 0; times < 40; times += 1)
      await host.request({ ...attack, body: JSON.stringify({ name: `agent-${times}` }) });
    await host.advance(61);
    const view = host.view('learnt-fields');
    assert.ok(view.kind === 'table');
    assert.deepEqual(view.rows[0]?.actions?.[0]?.input, {
      route: '/agents',
      field: 'name',
      kind: 'identifier',
    });
  });

  it('watches no more than fifty requests of one second, however many come', () => {
    let at = 0;
    const learner = createLearner(1, () => new Date(at));
    const watched = (requests: number) =>
      Array.from({ length: requests }, () => learner.takesPart()).filter(Boolean).length;
    assert.equal(watched(1000), 50);
    at = 1000;
    assert.equal(watched(1000), 50);
  });

  it('checks uploads by name, real type and size', async () => {
    const options = { uploads: { mode: 'enforce', maxBytes: 100 } };
    const host = await testHost(injectionFilter, { options });
    const upload = (name: string, type: string, content: string) => ({
      method: 'POST',
      target: '/files',
      headers: { 'content-type': 'multipart/form-data; boundary=b' },
      body: `--b\r\nContent-Disposition: form-data; name="f"; filename="${name}"\r\nContent-Type: ${type}\r\n\r\n${content}\r\n--b--\r\n`,
    });
    const rule = async (name: string, type: string, content: string) => {
      const { verdict } = await host.request(upload(name, type, content));
      return verdict.allow ? null : (verdict.details as MatchDetails).rule;
    };
    assert.equal(await rule('a.txt', 'text/plain', 'hello'), null);
    assert.equal(await rule('a.pdf', 'application/pdf', '%PDF-1.7'), null);
    assert.equal(await rule('../../etc/cron.d/x', 'text/plain', 'hello'), 'upload/name');
    assert.equal(await rule('a.png', 'image/png', 'MZ program'), 'upload/type');
    assert.equal(await rule('a.txt', 'text/plain', 'x'.repeat(200)), 'upload/size');
  });

  it('checks requests against the description the backend publishes', async () => {
    const document = {
      openapi: '3.1.0',
      paths: {
        '/agents/{id}': {
          get: { parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'integer' } }] },
        },
        '/agents': {
          post: {
            requestBody: {
              content: { 'application/json': { schema: { $ref: '#/components/schemas/Agent' } } },
            },
          },
        },
      },
      components: {
        schemas: {
          Agent: {
            type: 'object',
            required: ['name'],
            properties: { name: { type: 'string', maxLength: 8 } },
          },
        },
      },
    };
    const host = await testHost(injectionFilter, {
      options: { openApi: { mode: 'enforce' } },
      backend: { send: async () => reply(200, {}, JSON.stringify(document)) },
    });
    await host.advance(61);
    const post = (body: unknown) => host.request({ ...attack, body: JSON.stringify(body) });
    assert.equal((await post({ name: 'short' })).verdict.allow, true);
    const { verdict } = await post({ name: 'much too long' });
    assert.ok(!verdict.allow && verdict.code === 'schema_violated' && verdict.status === 422);
    assert.equal((await host.request({ target: '/agents/7' })).verdict.allow, true);
    assert.equal((await host.request({ target: '/agents/seven' })).verdict.allow, false);
    assert.equal((await host.request({ target: '/unlisted' })).verdict.allow, true);
  });
});
