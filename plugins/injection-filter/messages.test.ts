import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { testHost } from '../../shared/testing.ts';
import type { MatchDetails } from './events.ts';
import injectionFilter from './index.ts';

const options = (more: object = {}) => ({ options: { messages: { mode: 'enforce' }, ...more } });
const socket = { target: '/ws/7', route: '/ws/:id', headers: { upgrade: 'websocket' } };
const attack = "x' or '1'='1";

describe('messages of WebSockets', () => {
  it('are not asked for unless the options do', async () => {
    const host = await testHost(injectionFilter);
    assert.equal(host.hooks.beforeMessage, undefined);
  });

  for (const [what, text, field] of [
    ['a text', `${attack}`, ''],
    ['JSON at any depth', JSON.stringify({ a: [{ note: attack }] }), 'a.*.note'],
    ['an event of Socket.IO', `42/chat,7${JSON.stringify(['say', { note: attack }])}`, '*.note'],
    [
      'a literal of a GraphQL subscription',
      JSON.stringify({
        type: 'subscribe',
        payload: { query: `subscription { a(name: "x' union select 1, password from users --") { id } }` },
      }),
      'payload.query',
    ],
  ] as const) {
    it(`are refused for an attack in ${what}`, async () => {
      const host = await testHost(injectionFilter, options());
      const verdict = await host.message(text, socket);
      assert.ok(!verdict.allow);
      assert.equal(verdict.code, 'injection_refused');
      const details = verdict.details as MatchDetails;
      assert.equal(details.place, 'message');
      assert.ok(details.field.startsWith(field), details.field);
    });
  }

  for (const text of ['hello', '', '{"prompt": "Select the best answer; drop the rest."}', '{"broken": ']) {
    it(`pass when they are ${JSON.stringify(text)}`, async () => {
      const host = await testHost(injectionFilter, options());
      assert.equal((await host.message(text, socket)).allow, true);
      assert.deepEqual(host.events, []);
    });
  }

  it('are only told about where they, the rule or the route are observed', async () => {
    for (const more of [
      { messages: { mode: 'observe' } },
      { rules: { 'sql/*': 'observe' } },
      { routes: [{ route: '/ws/:id', mode: 'observe' }] },
    ]) {
      const host = await testHost(injectionFilter, options(more));
      assert.equal((await host.message(attack, socket)).allow, true);
      assert.deepEqual(
        host.events.map(({ type }) => type),
        ['injection-filter/match-reported'],
      );
    }
  });

  it('longer than is looked at meet the configured verdict', async () => {
    const messages = { mode: 'enforce', maxBytes: 50 };
    const long = 'a'.repeat(51);
    const told = await testHost(injectionFilter, options({ messages }));
    assert.equal((await told.message(long, socket)).allow, true);
    assert.equal(told.events.length, 1);
    const refusing = await testHost(injectionFilter, options({ messages, overBudget: 'refuse' }));
    const verdict = await refusing.message(long, socket);
    assert.ok(!verdict.allow && verdict.code === 'body_too_large');
    const hidden = await told.message(attack + long, socket);
    assert.equal(hidden.allow, false);
  });

  it('of a source that was blocked are refused on connections that were open before', async () => {
    const host = await testHost(injectionFilter, options());
    await host.run('block-source', { address: '10.9.9.9' });
    const verdict = await host.message('hello', { ...socket, clientAddress: '10.9.9.9' });
    assert.equal(verdict.allow, false);
  });

  it('are confirmed at the sink: a statement that one changes is refused', async () => {
    const host = await testHost(injectionFilter, options({ rules: { 'sql/*': 'observe' } }));
    await host.message(JSON.stringify({ sort: 'name; select 1' }), socket);
    const verdict = await host.statement({
      text: 'SELECT * FROM agents ORDER BY name; select 1',
      exchangeId: 'exchange-1',
    });
    assert.equal(verdict.allow, false);
    assert.match(host.findings[0]?.title ?? '', /^message sort/);
  });
});
