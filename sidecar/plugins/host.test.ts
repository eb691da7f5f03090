import { createInFlight } from './in-flight.ts';
import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import {
  allowed,
  capability,
  command,
  deny,
  event,
  Events,
  on,
  OutriderError,
  type Finding,
  type Principal,
} from '../../shared/index.ts';
import {
  exchangeRecord,
  fakeHost,
  fakeRecorder,
  finishedStatement,
  loaded,
  ManualClock,
  outcome,
  plugin,
  settled,
} from './fake-host.ts';

const Shelf = capability<{ readonly books: number }>('shelf', 'use the shelf');
const person: Principal = { kind: 'user', id: 'ada', label: 'Ada' };

describe('setting plugins up', () => {
  it('starts whoever provides a capability before whoever uses it, and keeps the configured order for guards', async () => {
    const order: string[] = [];
    const user = plugin(
      'user',
      (host) => {
        // Safe: `uses` below lists it under this name.
        order.push(`user finds ${(host as unknown as { shelf: { books: number } }).shelf.books}`);
        return { guard: { onFailure: 'allow', check: () => (order.push('user'), allowed) } };
      },
      { uses: { shelf: Shelf } },
    );
    const provider = plugin(
      'provider',
      () => {
        order.push('provider');
        return {
          service: { books: 3 },
          guard: { onFailure: 'allow', check: () => (order.push('provider'), allowed) },
        };
      },
      { provides: Shelf },
    );
    const { host } = await fakeHost([loaded(user), loaded(provider)]);
    host.pipeline.admit(exchangeRecord());
    assert.deepEqual(order, ['provider', 'user finds 3', 'user', 'provider']);
  });

  it('hands over exactly what a plugin lists', async () => {
    let given: readonly string[] = [];
    const lister = plugin(
      'lister',
      (host) => {
        given = Object.keys(host);
        return {};
      },
      { uses: { log2: Events } },
    );
    await fakeHost([loaded(lister)]);
    assert.deepEqual(
      given.filter(
        (name) =>
          ![
            'config',
            'signal',
            'log',
            'now',
            'nowMs',
            'newId',
            'every',
            'record',
            'raise',
            'resolve',
            'mode',
          ].includes(name),
      ),
      ['log2'],
    );
  });

  const refused: readonly (readonly [string, Parameters<typeof fakeHost>[0], string, RegExp])[] = [
    [
      'a capability nobody provides',
      [loaded(plugin('a', () => ({}), { uses: { shelf: Shelf } }))],
      'capability_missing',
      /a uses shelf \(use the shelf\)/,
    ],
    [
      'two plugins of one name',
      [loaded(plugin('a', () => ({}))), loaded(plugin('a', () => ({})))],
      'plugin_duplicate',
      /called a/,
    ],
    [
      'a circle',
      [
        loaded(plugin('a', () => ({}), { uses: { x: capability('x', '') }, provides: capability('y', '') })),
        loaded(plugin('b', () => ({}), { uses: { y: capability('y', '') }, provides: capability('x', '') })),
      ],
      'plugin_invalid',
      /a needs b needs a/,
    ],
    [
      'a setup that throws',
      [
        loaded(
          plugin('a', () => {
            throw new Error('no disk');
          }),
        ),
      ],
      'plugin_failed',
      /a: no disk/,
    ],
    [
      'an option the schema does not know',
      [
        loaded(
          plugin('a', () => ({}), { config: z.strictObject({ days: z.number().default(1) }) }),
          'enforce',
          { days: 'x' },
        ),
      ],
      'config_invalid',
      /plugins\.a\.options\.days/,
    ],
    [
      'a guard without onFailure',
      [loaded(plugin('a', () => ({ guard: { check: () => allowed } }) as never))],
      'plugin_invalid',
      /onFailure/,
    ],
    [
      'two plugins that declare one event',
      [
        loaded(plugin('a', () => ({}), { events: [event('x/y', 'days', z.unknown())] })),
        loaded(plugin('b', () => ({}), { events: [event('x/y', 'days', z.unknown())] })),
      ],
      'plugin_invalid',
      /Both a and b declare the event x\/y/,
    ],
  ];
  for (const [what, plugins, code, message] of refused) {
    it(`refuses ${what}, naming plugin and reason`, async () => {
      await assert.rejects(fakeHost(plugins), (error: unknown) => {
        assert.equal(error instanceof OutriderError && error.code, code);
        assert.match(String(error), message);
        return true;
      });
    });
  }

  it('refuses a setup that takes longer than 10 s, and tells it to stop', async () => {
    let signal: AbortSignal | null = null;
    const hanging = plugin('hanging', (host) => {
      signal = host.signal;
      return new Promise(() => undefined);
    });
    const clock = new ManualClock();
    const starting = assert.rejects(fakeHost([loaded(hanging)], { clock }), { code: 'plugin_failed' });
    await clock.advance(10_000);
    await starting;
    assert.equal((signal as AbortSignal | null)?.aborted, true);
  });

  it('disposes of those before it when one fails, the last first', async () => {
    const order: string[] = [];
    const good = (name: string) => plugin(name, () => ({ dispose: () => void order.push(name) }));
    const bad = plugin('bad', () => Promise.reject(new Error('no')));
    await assert.rejects(fakeHost([loaded(good('a')), loaded(good('b')), loaded(bad)]));
    assert.deepEqual(order, ['b', 'a']);
  });
});

describe('what a plugin records', () => {
  const Seen = event('seer/seen', 'days', z.object({ what: z.string() }));

  it('is only of kinds it declares, and only what their schema knows', async () => {
    const errors: unknown[] = [];
    const attempt = (work: () => void): void => {
      try {
        work();
      } catch (error) {
        errors.push(error instanceof OutriderError ? error.code : error);
      }
    };
    const seer = plugin(
      'seer',
      (host) => {
        attempt(() => host.record(Seen, { what: 'a comet' }));
        attempt(() => host.record(Seen, { what: 7 } as never));
        attempt(() => host.record(event('other/thing', 'days', z.unknown()), {}));
        return {};
      },
      { events: [Seen] },
    );
    const { recorder } = await fakeHost([loaded(seer)]);
    assert.deepEqual(errors, ['input_invalid', 'plugin_invalid']);
    assert.deepEqual(recorder.of('seer/seen'), [{ what: 'a comet' }]);
  });

  it('cannot be forged through the event log', async () => {
    let appended: Promise<unknown> = Promise.resolve();
    const forger = plugin(
      'forger',
      (host) => {
        const { log2 } = host as unknown as {
          log2: { append: (s: string, e: unknown[], v: 'any') => Promise<unknown> };
        };
        appended = log2.append('x', [{ type: 'command/run', data: {} }], 'any');
        appended.catch(() => undefined);
        return {};
      },
      { uses: { log2: Events } },
    );
    await fakeHost([loaded(forger)]);
    await assert.rejects(appended, { code: 'input_invalid' });
  });
});

describe('reactions', () => {
  const Ping = event('pinger/ping', 'days', z.object({ n: z.number() }));

  it('see events in order, off the path', async () => {
    const seen: unknown[] = [];
    const listener = plugin('listener', () => ({ on: [on(Ping, ({ data }) => void seen.push(data.n))] }));
    const { recorder } = await fakeHost([loaded(listener)]);
    for (const n of [1, 2, 3]) recorder.record(Ping, { n });
    assert.deepEqual(seen, []);
    await settled();
    assert.deepEqual(seen, [1, 2, 3]);
  });

  it('leave out what other sidecars recorded', async () => {
    let count = 0;
    const listener = plugin('listener', () => ({ on: [on(Ping, () => void (count += 1))] }));
    const { recorder } = await fakeHost([loaded(listener)], { isOwnEvent: (id) => id !== 'event-2' });
    for (const n of [1, 2, 3]) recorder.record(Ping, { n });
    await settled();
    assert.equal(count, 2);
  });

  it('that do not keep up lose events above 10,000, which is counted and told', async () => {
    const slow = plugin('slow', () => ({ on: [on(Ping, () => new Promise(() => undefined))] }));
    const { recorder, clock, logged } = await fakeHost([loaded(slow)]);
    for (let n = 0; n < 10_500; n += 1) recorder.record(Ping, { n });
    await clock.advance(1_000);
    const told = logged.find(({ message }) => message.includes('did not react'));
    assert.deepEqual(told?.fields, { plugin: 'slow', events: 500 });
  });

  it('that fail too often are suspended', async () => {
    const bad = plugin('bad', () => ({ on: [on(Ping, () => Promise.reject(new Error('no')))] }));
    const { host, recorder } = await fakeHost([loaded(bad)]);
    for (let n = 0; n < 20; n += 1) recorder.record(Ping, { n });
    await settled();
    assert.equal(host.plugins()[0]?.state, 'suspended');
    assert.equal(recorder.of('plugin/suspended')[0]?.['hook'], 'on');
  });
});

describe('findings', () => {
  const finding = (key: string): Finding => ({
    key,
    rule: 'raiser/slow',
    severity: 'warning',
    title: 'Slow',
    advice: 'Hurry.',
    evidence: [],
  });
  const raiser = () => {
    let raise: (finding: Finding) => void = () => undefined;
    let resolve: (key: string, reason: string) => void = () => undefined;
    const item = plugin('raiser', (host) => {
      ({ raise, resolve } = host);
      return {};
    });
    return {
      item,
      raise: (key: string) => raise(finding(key)),
      resolve: (key: string) => resolve(key, 'mended'),
    };
  };

  it('are open once for each key, with the times they were seen', async () => {
    const { item, raise, resolve } = raiser();
    const { host, clock, recorder } = await fakeHost([loaded(item)]);
    for (let time = 0; time < 50; time += 1) raise('a');
    raise('b');
    await clock.advance(61_000);
    assert.deepEqual(
      host.findings().map(({ key, times }) => [key, times]),
      [
        ['a', 50],
        ['b', 1],
      ],
    );
    assert.equal(recorder.of('finding/raised').length, 3);
    resolve('a');
    assert.deepEqual(
      host.findings().map(({ key }) => key),
      ['b'],
    );
  });

  it('are found again in the log by the next start', async () => {
    const { item, raise, resolve } = raiser();
    const clock = new ManualClock();
    const recorder = fakeRecorder(clock);
    const { host } = await fakeHost([loaded(item)], { clock, recorder });
    raise('a');
    raise('b');
    resolve('a');
    await host.close();
    const again = await fakeHost([loaded(raiser().item)], { clock, recorder });
    assert.deepEqual(
      again.host.findings().map(({ key, plugin: of }) => [of, key]),
      [['raiser', 'b']],
    );
  });

  it('can be dismissed by a person', async () => {
    const { item, raise } = raiser();
    const { host, recorder } = await fakeHost([loaded(item)]);
    raise('a');
    await host.run('findings/dismiss', { plugin: 'raiser', key: 'a' }, person);
    assert.deepEqual(host.findings(), []);
    assert.equal(recorder.of('finding/resolved')[0]?.['reason'], 'Dismissed by Ada.');
    await assert.rejects(host.run('findings/dismiss', { plugin: 'raiser', key: 'a' }, person), {
      code: 'not_found',
    });
  });
});

describe('commands', () => {
  const keys = plugin('keys', () => ({
    commands: {
      create: command({
        title: 'Create',
        cli: 'keys create',
        effect: 'secret',
        input: z.strictObject({
          label: z.string().min(1),
          password: z.string().optional(),
          pin: z.string().meta({ writeOnly: true }).optional(),
        }),
        run: ({ label }) => ({ key: `sk_live_${label}` }),
      }),
      list: command({ title: 'List', effect: 'read', input: z.object({}), run: () => ({ keys: [] }) }),
      refuse: command({
        title: 'Refuse',
        effect: 'change',
        input: z.object({}),
        run: () => {
          throw new OutriderError('key_not_found', '7');
        },
      }),
      break: command({
        title: 'Break',
        effect: 'change',
        input: z.object({}),
        run: () => {
          throw new Error('secret path /etc');
        },
      }),
      hang: command({
        title: 'Hang',
        effect: 'change',
        input: z.object({}),
        run: () => new Promise(() => undefined),
      }),
    },
  }));

  it('answer once what they recorded is durable', async () => {
    const { host, recorder } = await fakeHost([loaded(keys)]);
    assert.deepEqual(await host.run('keys/create', { label: 'ci' }, person), { key: 'sk_live_ci' });
    assert.deepEqual(recorder.calls.slice(-2), ['record command/run', 'flushed']);
  });

  it('tell when what they recorded could not be made durable', async () => {
    const { host, recorder } = await fakeHost([loaded(keys)]);
    recorder.isAway = true;
    await assert.rejects(host.run('keys/create', { label: 'ci' }, person), { code: 'store_unavailable' });
    assert.deepEqual(await host.run('keys/list', {}, person), { keys: [] });
  });

  it('are audited with secrets masked', async () => {
    const { host, recorder } = await fakeHost([loaded(keys)]);
    await host.run('keys/create', { label: 'ci', password: 'hunter2', pin: '1234' }, person);
    const [audit] = recorder.of('command/run');
    assert.deepEqual(audit?.['input'], { label: 'ci', password: '[redacted]', pin: '[redacted]' });
    assert.deepEqual(
      [audit?.['command'], audit?.['actor'], audit?.['outcome']],
      ['keys/create', person, 'done'],
    );
  });

  const failures: readonly (readonly [string, unknown, string, string])[] = [
    ['keys/create', { label: '' }, 'input_invalid', 'refused'],
    ['keys/refuse', {}, 'key_not_found', 'refused'],
    ['keys/break', {}, 'command_failed', 'failed'],
  ];
  for (const [id, input, code, result] of failures) {
    it(`say ${code} and audit it as ${result}`, async () => {
      const { host, recorder } = await fakeHost([loaded(keys)]);
      await assert.rejects(host.run(id, input, person), (error: unknown) => {
        assert.equal(error instanceof OutriderError && error.code, code);
        assert.doesNotMatch(String(error), /\/etc/);
        return true;
      });
      assert.equal(recorder.of('command/run')[0]?.['outcome'], result);
    });
  }

  it('end after 30 s', async () => {
    const { host, clock, recorder } = await fakeHost([loaded(keys)]);
    const pending = assert.rejects(host.run('keys/hang', {}, person), { code: 'command_timeout' });
    await clock.advance(30_000);
    await pending;
    assert.equal(recorder.of('command/run')[0]?.['outcome'], 'failed');
  });

  it('that nobody offers are unknown', async () => {
    const { host } = await fakeHost([loaded(keys)]);
    for (const id of ['keys/nothing', 'nobody/list', 'keys', '', 'keys/__proto__', 'constructor/list']) {
      await assert.rejects(host.run(id, {}, person), { code: 'command_unknown' });
    }
  });

  it('are listed with the JSON Schema of their input and their spelling', async () => {
    const { host } = await fakeHost([loaded(keys)]);
    const create = host.commands().find(({ id }) => id === 'keys/create');
    assert.deepEqual([create?.cli, create?.effect, create?.plugin], ['keys create', 'secret', 'keys']);
    assert.deepEqual(create?.inputSchema['required'], ['label']);
    assert.equal(
      host.commands().some(({ id, plugin: of }) => id === 'log/read' && of === 'host'),
      true,
    );
  });

  it('of the host change the mode of a plugin at run time', async () => {
    const guard = plugin('no', () => ({ guard: { onFailure: 'allow', check: () => deny(403, 'no') } }));
    const { host } = await fakeHost([loaded(guard, 'observe')]);
    assert.equal((await host.pipeline.admit(exchangeRecord())).allow, true);
    await host.run('plugins/set-mode', { plugin: 'no', mode: 'enforce' }, person);
    assert.equal((await host.pipeline.admit(exchangeRecord())).allow, false);
    await assert.rejects(host.run('plugins/set-mode', { plugin: 'x', mode: 'enforce' }, person), {
      code: 'plugin_unknown',
    });
  });

  it('of the host set a plugin aside: requests pass, even where its guard refuses on failure', async () => {
    const guard = plugin('no', () => ({ guard: { onFailure: 'deny', check: () => deny(403, 'no') } }));
    const { host, clock } = await fakeHost([loaded(guard)]);
    await host.run('plugins/suspend', { plugin: 'no', seconds: 60 }, person);
    assert.equal((await host.pipeline.admit(exchangeRecord())).allow, true);
    assert.equal(host.plugins()[0]?.state, 'suspended');
    await host.run('plugins/resume', { plugin: 'no' }, person);
    assert.equal((await host.pipeline.admit(exchangeRecord())).allow, false);
    await host.run('plugins/suspend', { plugin: 'no', seconds: 60 }, person);
    await clock.advance(60_000);
    assert.equal((await host.pipeline.admit(exchangeRecord())).allow, false);
  });

  it('of the host read the log page by page', async () => {
    const { host } = await fakeHost([loaded(keys)]);
    for (let n = 0; n < 5; n += 1) await host.run('keys/list', {}, person);
    const page = (await host.run('log/read', { limit: 2 }, person)) as {
      events: { position: number }[];
      next: number;
    };
    assert.deepEqual([page.events.map(({ position }) => position), page.next], [[1, 2], 2]);
  });
});

describe('reload', () => {
  const versioned = (version: string, more: { dispose?: () => void } = {}) =>
    plugin('versioned', () => ({
      guard: { onFailure: 'deny', check: () => ({ allow: true, replyHeaders: [['x-version', version]] }) },
      ...more,
    }));
  const versionOf = async (host: Awaited<ReturnType<typeof fakeHost>>['host']) => {
    const decision = await host.pipeline.admit(exchangeRecord());
    return decision.allow ? decision.replyHeaders?.[0]?.[1] : null;
  };

  it('puts the new code in place while requests go on, and disposes of the old', async () => {
    let isDisposed = false;
    const { host, again, recorder } = await fakeHost([
      loaded(versioned('1', { dispose: () => void (isDisposed = true) })),
    ]);
    again.set('versioned', loaded(versioned('2')));
    const seen: unknown[] = [];
    const reloading = host.reload('versioned');
    for (let request = 0; request < 20; request += 1) {
      seen.push(await versionOf(host));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await reloading;
    assert.equal(
      seen.every((each) => each === '1' || each === '2'),
      true,
    );
    assert.equal(await versionOf(host), '2');
    await settled();
    assert.equal(isDisposed, true);
    assert.deepEqual(recorder.of('plugin/reloaded'), [{ plugin: 'versioned', outcome: 'done' }]);
  });

  it('keeps the old code when the new one fails, and says why', async () => {
    const { host, again, recorder } = await fakeHost([loaded(versioned('1'))]);
    again.set('versioned', loaded(plugin('versioned', () => Promise.reject(new Error('typo')))));
    await assert.rejects(host.reload('versioned'), { code: 'plugin_failed' });
    assert.equal(await versionOf(host), '1');
    assert.match(host.plugins()[0]?.reason ?? '', /typo/);
    assert.equal(recorder.of('plugin/reloaded')[0]?.['outcome'], 'kept old');
  });

  it('lets a request that is inside the old code finish before it is disposed of', async () => {
    let go: () => void = () => undefined;
    let isDisposed = false;
    const old = plugin('wrap', () => ({
      around: {
        async handle(_exchange, next) {
          await new Promise<void>((resolve) => (go = resolve));
          assert.equal(isDisposed, false);
          return next();
        },
      },
      dispose: () => void (isDisposed = true),
    }));
    const { host, again } = await fakeHost([loaded(old)]);
    again.set('wrap', loaded(plugin('wrap', () => ({}))));
    const { reply } = await import('../../shared/index.ts');
    const ok = reply(200, {}, 'ok');
    const pending = host.pipeline.around(exchangeRecord(), async () => ok);
    await host.reload('wrap');
    await settled();
    assert.equal(isDisposed, false);
    go();
    assert.equal(await pending, ok);
    await settled();
    assert.equal(isDisposed, true);
  });

  it('also sets up whoever uses what the plugin provides', async () => {
    const provider = (books: number) =>
      plugin('provider', () => ({ service: { books } }), { provides: Shelf });
    let found = 0;
    const user = plugin(
      'user',
      (host) => {
        found = (host as unknown as { shelf: { books: number } }).shelf.books;
        return {};
      },
      { uses: { shelf: Shelf } },
    );
    const { host, again } = await fakeHost([loaded(user), loaded(provider(1))]);
    again.set('provider', loaded(provider(2)));
    await host.reload('provider');
    assert.equal(found, 2);
  });

  it('gives a panel another version when options change, and the same when nothing does', async () => {
    const { panel } = await import('../../shared/index.ts');
    const item = plugin('shown', () => ({}), {
      config: z.object({ days: z.number().default(1) }),
      panels: [
        panel({
          id: 'p',
          title: 'P',
          dashboard: 'plugins',
          initial: () => 0,
          fold: [],
          view: () => ({ kind: 'text', markdown: '' }),
        }),
      ],
    });
    const { host, again } = await fakeHost([loaded(item)]);
    const before = host.panel('shown/p')?.version;
    await host.reload('shown');
    assert.equal(host.panel('shown/p')?.version, before);
    again.set('shown', loaded(item, 'enforce', { days: 2 }));
    await host.reload('shown');
    assert.notEqual(host.panel('shown/p')?.version, before);
  });

  it('tells listeners', async () => {
    const { host, clock } = await fakeHost([loaded(versioned('1'))]);
    const told: string[] = [];
    host.onChanged((what) => void told.push(what));
    await host.reload('versioned');
    await clock.advance(200);
    assert.deepEqual(told.includes('plugins'), true);
  });
});

describe('what the host records of traffic', () => {
  it('masks secret parameters however their names are written', async () => {
    const { host, recorder } = await fakeHost([]);
    const exchange = exchangeRecord({ target: '/a?x=1&API_KEY=abc&%61pi_key=def&token=%20&keys=9' });
    host.pipeline.began(exchange);
    host.pipeline.finished(exchange, outcome());
    assert.equal(
      recorder.of('http/finished')[0]?.['target'],
      '/a?x=1&API_KEY=[redacted]&%61pi_key=[redacted]&token=[redacted]&keys=9',
    );
  });

  it('adds requests up once a second, exactly, in at most 500 rows', async () => {
    const { host, clock, recorder } = await fakeHost([]);
    for (let n = 0; n < 1_200; n += 1) {
      const exchange = exchangeRecord({ route: `/${n % 700}` });
      host.pipeline.began(exchange);
      host.pipeline.finished(exchange, outcome({ durationMs: 1 }));
    }
    await clock.advance(1_000);
    const [summary] = recorder.of<{ rows: { count: number; route: string; buckets: number[] }[] }>(
      'http/summary',
    );
    assert.equal((summary?.rows.length ?? 0) <= 500, true);
    assert.equal(
      summary?.rows.reduce((sum, { count }) => sum + count, 0),
      1_200,
    );
    assert.equal(
      summary?.rows.some(({ route }) => route === '(other)'),
      true,
    );
    assert.equal(summary?.rows[0]?.buckets[5], summary?.rows[0]?.count);
    assert.equal(host.pace.requestsPerSecond, 1_200);
    await clock.advance(5_000);
    assert.equal(recorder.of('http/summary').length, 1);
  });

  it('adds statements up by fingerprint', async () => {
    const { host, clock, recorder } = await fakeHost([]);
    for (let n = 0; n < 3; n += 1) host.statements.finished(finishedStatement({ rows: 2 }));
    host.statements.finished(
      finishedStatement({ fingerprint: 'b', error: { sqlstate: '42P01', message: 'no' } }),
    );
    await clock.advance(1_000);
    const [summary] = recorder.of<{
      rows: { fingerprint: string; count: number; rows: number; errors: number }[];
    }>('sql/summary');
    assert.deepEqual(
      summary?.rows.map(({ fingerprint, count, rows, errors }) => [fingerprint, count, rows, errors]),
      [
        ['select $1', 3, 6, 0],
        ['b', 1, 1, 1],
      ],
    );
  });

  it('knows what is in flight by trace, also when a trace has several requests', async () => {
    const { host } = await fakeHost([]);
    const [first, second] = [exchangeRecord({ target: '/agents/7?name=ada' }), exchangeRecord()];
    host.pipeline.began(first);
    host.pipeline.began(second);
    assert.equal(host.inFlight.byTrace(first.traceId)?.id, second.id);
    host.pipeline.finished(second, outcome());
    assert.equal(host.inFlight.byTrace(first.traceId)?.id, first.id);
    assert.deepEqual([...(host.inFlight.byTrace(first.traceId)?.values() ?? [])], ['agents', '7', 'ada']);
    host.pipeline.finished(first, outcome());
    assert.deepEqual([host.inFlight.size(), host.inFlight.byTrace(first.traceId)], [0, undefined]);
  });

  it('knows every exchange in flight of one id or one trace, the newest last', () => {
    const table = createInFlight();
    const [first, second, other] = [exchangeRecord(), exchangeRecord(), exchangeRecord()];
    const elsewhere = Object.assign(other, { id: 'another', traceId: 'f'.repeat(32) });
    const renamed = Object.assign(second, { id: 'chosen' });
    for (const each of [first, renamed, elsewhere]) table.add(each);
    assert.deepEqual(table.sharing('chosen'), [first, renamed]);
    assert.deepEqual(table.sharing('another'), [elsewhere]);
    table.remove(first);
    assert.deepEqual(table.sharing('chosen'), [renamed]);
    assert.deepEqual(table.sharing(first.id), []);
  });
});
