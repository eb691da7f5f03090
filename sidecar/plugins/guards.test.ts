import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { allowed, deny, type Exchange, type Guard, type Verdict } from '../../shared/index.ts';
import { admitted } from '../http/pipeline.ts';
import { exchangeRecord, fakeHost, loaded, ManualClock, plugin, settled } from './fake-host.ts';

const guarded = (name: string, check: Guard['check'], more: Partial<Guard> = {}) =>
  plugin(name, () => ({ guard: { onFailure: 'allow', check, ...more } }));

describe('guards', () => {
  it('answer at once with the one constant while nobody adds anything', async () => {
    const { host } = await fakeHost([
      loaded(guarded('first', () => allowed)),
      loaded(guarded('second', () => allowed)),
    ]);
    assert.equal(host.pipeline.admit(exchangeRecord()), admitted);
    await host.close();
  });

  it('run in configured order and stop at the first enforced no', async () => {
    const asked: string[] = [];
    const note = (name: string, verdict: Verdict) => guarded(name, () => (asked.push(name), verdict));
    const { host } = await fakeHost([
      loaded(note('one', allowed)),
      loaded(note('two', deny(401, 'Who are you?', { code: 'key_required' }))),
      loaded(note('three', allowed)),
    ]);
    const exchange = exchangeRecord();
    const decision = await host.pipeline.admit(exchange);
    assert.deepEqual(asked, ['one', 'two']);
    assert.equal(decision.allow, false);
    assert.equal(exchange.servedBy, 'two');
  });

  it('are only asked about what they match', async () => {
    const { host } = await fakeHost([
      loaded(guarded('posts', () => deny(403, 'no'), { match: { methods: ['POST'] } })),
    ]);
    assert.equal((await host.pipeline.admit(exchangeRecord({ method: 'GET' }))).allow, true);
    assert.equal((await host.pipeline.admit(exchangeRecord({ method: 'POST' }))).allow, false);
  });

  it('are all asked in turn when one of them needs time', async () => {
    const asked: string[] = [];
    const { host } = await fakeHost([
      loaded(guarded('slow', async () => (asked.push('slow'), allowed))),
      loaded(guarded('after', () => (asked.push('after'), deny(403, 'no')))),
    ]);
    assert.equal((await host.pipeline.admit(exchangeRecord())).allow, false);
    assert.deepEqual(asked, ['slow', 'after']);
  });

  it('name the principal and add header fields, merged', async () => {
    const principal = { kind: 'key', id: '7', label: 'ci' };
    const { host } = await fakeHost([
      loaded(guarded('a', () => ({ allow: true, principal, backendHeaders: [['x-outrider-key', '7']] }))),
      loaded(
        guarded('b', () => ({
          allow: true,
          backendHeaders: [['x-outrider-b', '1']],
          replyHeaders: [['x-left', '9']],
        })),
      ),
    ]);
    const exchange = exchangeRecord();
    assert.deepEqual(await host.pipeline.admit(exchange), {
      allow: true,
      backendHeaders: [
        ['x-outrider-key', '7'],
        ['x-outrider-b', '1'],
      ],
      replyHeaders: [['x-left', '9']],
    });
    assert.deepEqual(exchange.principal, principal);
  });

  it('may freeze the fields they add, and add none that are not their own for it', async () => {
    const fieldsOf = (name: string) => Object.freeze([Object.freeze([name, '7'] as const)]);
    const [own, foreign] = [fieldsOf('x-outrider-key'), fieldsOf('host')];
    const answer = (backendHeaders: typeof own) =>
      guarded('a', () => ({ allow: true, backendHeaders }), { onFailure: 'deny' });
    for (const [fields, isAllowed] of [
      [own, true],
      [foreign, false],
    ] as const) {
      const { host } = await fakeHost([loaded(answer(fields))]);
      for (let request = 0; request < 3; request += 1)
        assert.equal((await host.pipeline.admit(exchangeRecord())).allow, isAllowed);
    }
  });

  it('only report in observe mode, and say that nothing was enforced', async () => {
    const { host, recorder } = await fakeHost([
      loaded(
        guarded('watcher', () => deny(403, 'no', { details: { rule: 7 } })),
        'observe',
      ),
    ]);
    assert.equal(host.pipeline.admit(exchangeRecord({ method: 'PUT', target: '/a' })), admitted);
    const [denied] = recorder.of('guard/denied');
    assert.equal(denied?.['isEnforced'], false);
    assert.equal(denied?.['plugin'], 'watcher');
    assert.deepEqual(denied?.['details'], { rule: 7 });
  });

  it('that only observe do not make traffic wait', async () => {
    let answer: (verdict: Verdict) => void = () => undefined;
    const { host, recorder } = await fakeHost([
      loaded(
        guarded('slow', () => new Promise((resolve) => (answer = resolve))),
        'observe',
      ),
    ]);
    assert.equal(host.pipeline.admit(exchangeRecord()), admitted);
    answer(deny(403, 'no'));
    await settled();
    assert.equal(recorder.of('guard/denied').length, 1);
  });

  for (const [onFailure, allow] of [
    ['allow', true],
    ['deny', false],
  ] as const) {
    const failures: readonly (readonly [string, Guard['check']])[] = [
      [
        'throws',
        () => {
          throw new Error('broken');
        },
      ],
      ['rejects', () => Promise.reject(new Error('broken'))],
      // Plugins in JavaScript have no compiler.
      ['answers with no verdict', () => undefined as unknown as Verdict],
      [
        'adds a header field that is not its own',
        () => ({ allow: true, backendHeaders: [['host', 'evil']] }),
      ],
    ];
    for (const [how, check] of failures) {
      it(`that ${how} ${allow ? 'let the request pass' : 'refuse it with 503'} with onFailure ${onFailure}`, async () => {
        const { host, logged } = await fakeHost([loaded(guarded('broken', check, { onFailure }))]);
        const decision = await host.pipeline.admit(exchangeRecord());
        assert.equal(decision.allow, allow);
        if (!decision.allow) assert.deepEqual([decision.status, decision.code], [503, 'guard_failed']);
        assert.equal(logged.length, 1);
        assert.equal(host.plugins()[0]?.hooks[0]?.failures, 1);
      });
    }
  }

  it('that take longer than 50 ms count as failed', async () => {
    const { host, clock } = await fakeHost([
      loaded(guarded('hanging', () => new Promise<Verdict>(() => undefined), { onFailure: 'deny' })),
    ]);
    const pending = host.pipeline.admit(exchangeRecord());
    await clock.advance(49);
    assert.equal(host.plugins()[0]?.hooks[0]?.failures, 0);
    await clock.advance(1);
    assert.equal((await pending).allow, false);
  });

  it('say how much of a body they want to see, the largest that matches', async () => {
    const wanting = (name: string, maxBytes: number, methods: readonly string[]) =>
      guarded(name, () => allowed, { body: { maxBytes }, match: { methods } });
    const { host } = await fakeHost([
      loaded(wanting('small', 100, ['POST', 'PUT'])),
      loaded(wanting('large', 900, ['PUT'])),
    ]);
    const wanted = (method: string) => host.pipeline.bodyBytesWanted(exchangeRecord({ method }));
    assert.deepEqual([wanted('POST'), wanted('PUT'), wanted('GET')], [100, 900, 0]);
  });

  it('see credentials only through the capability, and only while the exchange is in flight', async () => {
    const { Credentials } = await import('../../shared/index.ts');
    const seen: string[] = [];
    let kept: Exchange | null = null;
    const reader = plugin(
      'reader',
      (host) => ({
        guard: {
          onFailure: 'deny',
          check(exchange) {
            kept = exchange;
            // Safe: `uses` below lists the capability under this name.
            const { credentials } = host as unknown as {
              credentials: { headersOf(of: Exchange): Exchange['request']['headers'] };
            };
            seen.push(String(exchange.request.headers.get('authorization')));
            seen.push(String(credentials.headersOf(exchange).get('authorization')));
            return allowed;
          },
        },
      }),
      { uses: { credentials: Credentials } },
    );
    const { host } = await fakeHost([loaded(reader)]);
    const request = { headers: { authorization: 'Bearer s3cret' } };
    const exchange = exchangeRecord(request, 'same-id');
    host.pipeline.began(exchange);
    host.pipeline.began(exchangeRecord({ headers: { authorization: 'Bearer somebody else' } }, 'same-id'));
    host.pipeline.admit(exchange);
    assert.deepEqual(seen, ['[redacted]', 'Bearer s3cret']);
    const { outcome } = await import('./fake-host.ts');
    host.pipeline.finished(exchange, outcome());
    assert.equal(host.pipeline.admit(kept ? exchange : exchangeRecord()) === admitted, false);
  });
});

describe('a guard that fails too often', () => {
  const failing = (box: { isBroken: boolean }, onFailure: 'allow' | 'deny' = 'deny') =>
    guarded(
      'flaky',
      () => {
        if (box.isBroken) throw new Error('broken');
        return allowed;
      },
      { onFailure },
    );

  it('is suspended after five failures in a minute, and an event tells', async () => {
    const box = { isBroken: true };
    const { host, recorder } = await fakeHost([loaded(failing(box))]);
    for (let request = 0; request < 8; request += 1) host.pipeline.admit(exchangeRecord());
    const [hook] = host.plugins()[0]?.hooks ?? [];
    assert.deepEqual([hook?.calls, hook?.failures], [5, 5]);
    assert.equal(host.plugins()[0]?.state, 'suspended');
    assert.deepEqual(recorder.of('plugin/suspended'), [
      { plugin: 'flaky', hook: 'guard', reason: 'broken', untilAt: '2026-01-01T00:00:01.000Z' },
    ]);
  });

  it('is not suspended by five failures in more than a minute', async () => {
    const { host, clock } = await fakeHost([loaded(failing({ isBroken: true }))]);
    for (let request = 0; request < 10; request += 1) {
      host.pipeline.admit(exchangeRecord());
      await clock.advance(16_000);
    }
    assert.equal(host.plugins()[0]?.state, 'running');
  });

  it('still refuses what it was told to refuse when it cannot decide', async () => {
    const { host } = await fakeHost([loaded(failing({ isBroken: true }))]);
    const decisions = Array.from({ length: 8 }, () => host.pipeline.admit(exchangeRecord()));
    assert.deepEqual(
      (await Promise.all(decisions)).map(({ allow }) => allow),
      Array.from({ length: 8 }, () => false),
    );
  });

  it('is tried again after a second: one success brings it back', async () => {
    const box = { isBroken: true };
    const clock = new ManualClock();
    const { host, recorder } = await fakeHost([loaded(failing(box))], { clock });
    for (let request = 0; request < 5; request += 1) host.pipeline.admit(exchangeRecord());
    box.isBroken = false;
    await clock.advance(999);
    const early = await host.pipeline.admit(exchangeRecord());
    assert.deepEqual([early.allow, !early.allow && early.retryAfterSeconds], [false, 1]);
    await clock.advance(1);
    assert.equal((await host.pipeline.admit(exchangeRecord())).allow, true);
    assert.equal(host.plugins()[0]?.state, 'running');
    assert.deepEqual(recorder.of('plugin/resumed'), [{ plugin: 'flaky' }]);
  });

  it('is tried again less and less often while it goes on failing, at least every 30 s', async () => {
    const clock = new ManualClock();
    const { host, recorder } = await fakeHost([loaded(failing({ isBroken: true }))], { clock });
    for (let request = 0; request < 5; request += 1) host.pipeline.admit(exchangeRecord());
    const waits: number[] = [];
    for (let trial = 0; trial < 7; trial += 1) {
      const { untilAt } = recorder.of<{ untilAt: string }>('plugin/suspended').at(-1) ?? { untilAt: '' };
      waits.push((Date.parse(untilAt) - clock.nowMs()) / 1000);
      await clock.advance(Date.parse(untilAt) - clock.nowMs());
      host.pipeline.admit(exchangeRecord());
    }
    assert.deepEqual(waits, [1, 2, 4, 8, 16, 30, 30]);
    assert.equal(recorder.of('plugin/suspended').length, 8);
  });

  it('begins with a second anew when it was well for a minute', async () => {
    const box = { isBroken: true };
    const clock = new ManualClock();
    const { host, recorder } = await fakeHost([loaded(failing(box))], { clock });
    for (let request = 0; request < 5; request += 1) host.pipeline.admit(exchangeRecord());
    await clock.advance(1_000);
    host.pipeline.admit(exchangeRecord());
    box.isBroken = false;
    await clock.advance(2_000);
    host.pipeline.admit(exchangeRecord());
    await clock.advance(60_001);
    box.isBroken = true;
    for (let request = 0; request < 5; request += 1) host.pipeline.admit(exchangeRecord());
    const { untilAt } = recorder.of<{ untilAt: string }>('plugin/suspended').at(-1) ?? { untilAt: '' };
    assert.equal(Date.parse(untilAt) - clock.nowMs(), 1_000);
  });
});

describe('a guard on a machine that is busy with something else', () => {
  /** Notices what is due only `stalledMs` later, as a process that was not scheduled does. */
  class StallingClock extends ManualClock {
    stalledMs = 0;
    override nowMs(): number {
      return super.nowMs() + this.stalledMs;
    }
  }
  const hanging = () => {
    let answer: (verdict: Verdict) => void = () => undefined;
    const guard = guarded('slow', () => new Promise((resolve) => (answer = resolve)), { onFailure: 'deny' });
    return { guard, answer: (verdict: Verdict) => answer(verdict) };
  };

  it('gets the time that the process did not run', async () => {
    const { guard, answer } = hanging();
    const clock = new StallingClock();
    const { host } = await fakeHost([loaded(guard)], { clock });
    const pending = host.pipeline.admit(exchangeRecord());
    clock.stalledMs = 40;
    await clock.advance(50);
    assert.equal(host.plugins()[0]?.hooks[0]?.failures, 0);
    answer(allowed);
    assert.equal((await pending).allow, true);
  });

  it('gets it once: who then still does not answer has failed', async () => {
    const { guard } = hanging();
    const clock = new StallingClock();
    const { host } = await fakeHost([loaded(guard)], { clock });
    const pending = host.pipeline.admit(exchangeRecord());
    clock.stalledMs = 40;
    await clock.advance(50);
    await clock.advance(40);
    assert.equal((await pending).allow, false);
    assert.equal(host.plugins()[0]?.hooks[0]?.failures, 1);
  });
});

describe('a flood of denials', () => {
  it('is kept one by one up to 20 a second, the rest folded with its count', async () => {
    const { host, clock, recorder } = await fakeHost([loaded(guarded('no', () => deny(403, 'no')))]);
    for (let request = 0; request < 100; request += 1) host.pipeline.admit(exchangeRecord({ route: '/a' }));
    assert.equal(recorder.of('guard/denied').length, 20);
    await clock.advance(1_000);
    const denied = recorder.of('guard/denied');
    assert.equal(denied.length, 21);
    assert.equal(
      denied.reduce((sum, { count }) => sum + Number(count), 0),
      100,
    );
    await host.close();
  });

  it('is counted to the last one when the sidecar stops', async () => {
    const { host, recorder } = await fakeHost([loaded(guarded('no', () => deny(403, 'no')))]);
    for (let request = 0; request < 33; request += 1) host.pipeline.admit(exchangeRecord({ route: '/a' }));
    await host.close();
    assert.equal(
      recorder.of('guard/denied').reduce((sum, { count }) => sum + Number(count), 0),
      33,
    );
  });

  it('over routes without end takes bounded memory and loses no count', async () => {
    const { host, recorder } = await fakeHost([loaded(guarded('no', () => deny(403, 'no')))]);
    for (let request = 0; request < 3_000; request += 1)
      host.pipeline.admit(exchangeRecord({ route: `/${request}` }));
    await host.close();
    const denied = recorder.of('guard/denied');
    assert.equal(denied.length <= 301, true);
    assert.equal(
      denied.reduce((sum, { count }) => sum + Number(count), 0),
      3_000,
    );
  });
});
