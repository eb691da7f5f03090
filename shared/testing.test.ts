import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { PrivateStore } from './capabilities.ts';
import { command } from './command.ts';
import { event, on, step } from './events.ts';
import { reply } from './exchange.ts';
import { allowed, deny } from './guard.ts';
import { definePlugin, panel } from './plugin.ts';
import { testHost } from './testing.ts';

const Counted = event('sample/counted', 'forever', z.object({ by: z.number() }));
const Doubled = event('sample/doubled', 'days', z.object({ by: z.number() }));

const sample = definePlugin({
  name: 'sample',
  summary: 'Counts.',
  config: z.object({ word: z.string().default('sesame') }),
  uses: { store: PrivateStore },
  events: [Counted, Doubled],
  panels: [
    panel<{ sum: number }>({
      id: 'sum',
      title: 'Sum',
      dashboard: 'plugins',
      initial: () => ({ sum: 0 }),
      fold: [
        step(Counted, (state, { data }) => {
          state.sum += data.by;
          return state;
        }),
      ],
      view: ({ sum }, moment) => ({ kind: 'stat', label: moment.toISOString(), value: String(sum) }),
    }),
  ],
  setup({ config, record, every, store }) {
    every(60, () => record(Counted, { by: 100 }));
    return {
      guard: {
        onFailure: 'deny',
        body: { maxBytes: 4 },
        check: ({ request }) =>
          request.headers.get('x-word') === config.word
            ? allowed
            : deny(403, `Body ${request.body?.length ?? 0}`),
      },
      around: { handle: async (_exchange, next) => reply((await next()).status + 1, {}, null) },
      on: [on(Counted, ({ data }) => record(Doubled, { by: data.by * 2 }))],
      commands: {
        keep: command({
          title: 'Keep',
          effect: 'change',
          input: z.object({ value: z.number() }),
          run: async ({ value }) => {
            await store.set('value', value);
            return { kept: await store.get<number>('value') };
          },
        }),
      },
    };
  },
});

describe('the test host', () => {
  it('lets the guard see no more of the body than it asked for', async () => {
    const host = await testHost(sample);
    const { verdict, reply: answer } = await host.request({ method: 'POST', body: 'abcdefgh' });
    assert.deepEqual(verdict, deny(403, 'Body 4'));
    assert.equal(answer, null);
  });

  it('runs the around of an admitted request', async () => {
    const host = await testHost(sample, { options: { word: 'open' } });
    const { reply: answer } = await host.request({ headers: { 'X-Word': 'open' } }, reply(200, {}, 'x'));
    assert.equal(answer?.status, 201);
  });

  it('runs reactions to what reactions recorded', async () => {
    const host = await testHost(sample);
    await host.emit(Counted, { by: 2 });
    assert.deepEqual(
      host.events.map(({ type }) => type),
      ['sample/counted', 'sample/doubled'],
    );
  });

  it('shows a panel live and at a past position', async () => {
    const host = await testHost(sample);
    await host.emit(Counted, { by: 2 });
    await host.emit(Counted, { by: 3 });
    const at = (position?: number) =>
      JSON.parse(JSON.stringify(host.view('sum', position))) as { value: string };
    assert.equal(at(1).value, '2');
    assert.equal(at().value, '5');
  });

  it('runs periodic work only as its clock moves', async () => {
    const host = await testHost(sample);
    await host.advance(59);
    assert.equal(host.events.length, 0);
    await host.advance(61);
    assert.equal(host.events.filter(({ type }) => type === 'sample/counted').length, 2);
  });

  it('stops periodic work when the plugin is disposed', async () => {
    const host = await testHost(sample);
    await host.dispose();
    await host.advance(600);
    assert.equal(host.events.length, 0);
  });

  it('refuses invalid options, inputs and unknown commands with their codes', async () => {
    await assert.rejects(testHost(sample, { options: { word: 7 } }), { code: 'config_invalid' });
    const host = await testHost(sample);
    await assert.rejects(host.run('keep', { value: 'x' }), { code: 'input_invalid' });
    await assert.rejects(host.run('lose'), { code: 'command_unknown' });
    assert.deepEqual(await host.run('keep', { value: 7 }), { kept: 7 });
  });

  it('refuses a second call of next', async () => {
    const twice = definePlugin({
      name: 'twice',
      summary: 'Calls next twice.',
      config: z.object({}),
      uses: {},
      setup: () => ({ around: { handle: async (_exchange, next) => next().then(next) } }),
    });
    const host = await testHost(twice);
    await assert.rejects(host.request({}), /next was called twice/);
  });

  it('refuses events that the plugin did not declare', async () => {
    const undeclared = definePlugin({
      name: 'undeclared',
      summary: 'Records what is not its own.',
      config: z.object({}),
      uses: {},
      setup: ({ record }) => ({
        commands: {
          go: command({
            title: 'Go',
            effect: 'change',
            input: z.object({}),
            run: () => record(Counted, { by: 1 }),
          }),
        },
      }),
    });
    const host = await testHost(undeclared);
    await assert.rejects(host.run('go'), { code: 'plugin_invalid' });
  });

  it('redacts credentials in what a guard sees', async () => {
    const host = await testHost(sample);
    const { exchange } = await host.request({ headers: { Authorization: 'Bearer secret', Accept: '*/*' } });
    assert.equal(exchange.request.headers.get('authorization'), '[redacted]');
    assert.equal(exchange.credentials.get('authorization'), 'Bearer secret');
    assert.equal(exchange.request.headers.get('accept'), '*/*');
  });
});
