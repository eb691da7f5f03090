import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HttpFinished, SqlFinished } from '../../shared/index.ts';
import { fakeStatement, testHost, type TestHost } from '../../shared/testing.ts';
import nPlusOne from './index.ts';

const statement = (exchangeId: string, text: string, parameters: string[], rows: number, number: number) =>
  fakeStatement({
    exchangeId,
    attribution: 'exact',
    fingerprint: text,
    text,
    parameters,
    reads: ['agents'],
    rows,
    durationMs: 2,
    startedAt: new Date(Date.parse('2026-01-01T00:00:00Z') + number * 3).toISOString(),
  });

const exchange = (exchangeId: string, route: string, target: string) => ({
  exchangeId,
  method: 'GET',
  route,
  target,
  status: 200,
  durationMs: 30,
  firstByteMs: 1,
  requestBytes: 0,
  replyBytes: 10,
  principal: { kind: 'api-key', id: 'k1', label: 'agent tool' },
  clientAddress: '127.0.0.1',
  servedBy: 'backend',
  isStreaming: false,
  isUpgrade: false,
});

async function listWithLookUps(
  host: TestHost,
  exchangeId: string,
  count: number,
  more: { readonly where?: { file: string; line: number; function: string } } = {},
): Promise<void> {
  await host.emit(SqlFinished, statement(exchangeId, 'SELECT * FROM workflows', [], count, 0));
  for (let number = 1; number <= count; number += 1) {
    await host.emit(SqlFinished, {
      ...statement(exchangeId, 'SELECT name FROM agents WHERE id = $1', [`${number}`], 1, number),
      ...more,
    });
  }
  await host.emit(HttpFinished, exchange(exchangeId, '/workflows', '/workflows'));
}

const keys = (count: number): string =>
  `{${Array.from({ length: count }, (_, index) => `"${index + 1}"`).join(',')}}`;

describe('n-plus-one', () => {
  it('raises one finding with the parent, the count and the fix once the exchange has settled', async () => {
    const host = await testHost(nPlusOne);
    await listWithLookUps(host, 'e1', 12);
    assert.equal(host.findings.length, 0);
    await host.advance(3);
    assert.equal(host.findings.length, 1);
    const [finding] = host.findings;
    assert.equal(finding?.rule, 'n-plus-one/n-plus-one');
    assert.match(finding?.title ?? '', /GET \/workflows .* 12 times, 24 ms/);
    assert.match(finding?.advice ?? '', /ANY\(\$1\)/);
    assert.equal(finding?.exchangeId, 'e1');
  });

  it('gives the same key to the same route and statement, so that it is one finding', async () => {
    const host = await testHost(nPlusOne);
    await listWithLookUps(host, 'e1', 12);
    await listWithLookUps(host, 'e2', 9);
    await host.advance(3);
    assert.equal(new Set(host.findings.map(({ key }) => key)).size, 1);
  });

  it('looks at no more than twenty exchanges of a route in a second', async () => {
    const host = await testHost(nPlusOne);
    for (let number = 0; number < 25; number += 1) await listWithLookUps(host, `e${number}`, 5);
    await host.advance(3);
    assert.equal(host.events.filter(({ type }) => type === 'n-plus-one/seen').length, 20);
  });

  it('does not mix exchanges that run at the same time', async () => {
    const host = await testHost(nPlusOne);
    for (let number = 0; number < 20; number += 1) {
      const id = `e${number}`;
      await host.emit(
        SqlFinished,
        statement(id, 'SELECT name FROM agents WHERE id = $1', [`${number}`], 1, number),
      );
      await host.emit(HttpFinished, exchange(id, '/agents/:id', '/agents/7'));
    }
    await host.advance(30);
    assert.equal(host.findings.length, 0);
  });

  it('opens with the parent, the one statement that would do, and its plan', async () => {
    const asked: unknown[] = [];
    const host = await testHost(nPlusOne, {
      database: {
        isAvailable: true,
        explain: async (text, parameters) => {
          asked.push([text, ...parameters]);
          return {
            root: { 'Node Type': 'Index Scan', 'Relation Name': 'agents', 'Total Cost': 8.3 },
            totalCost: 8.3,
          };
        },
      },
    });
    await listWithLookUps(host, 'e1', 12);
    await host.advance(3);
    const details = host.findings[0]?.details;
    const view = JSON.stringify(await host.run('open', details?.input));
    assert.deepEqual(asked, [
      ['SELECT id, name FROM agents WHERE id = ANY($1)', keys(12)],
      ['SELECT name FROM agents WHERE id = $1', '1'],
    ]);
    assert.match(view, /SELECT \* FROM workflows/);
    assert.match(view, /Index Scan on agents/);
    assert.match(view, /12 × 8.3/);
    assert.match(view, /1 instead of 12/);
  });

  it('says what PostgreSQL has against the one statement', async () => {
    const explain = (): Promise<never> => Promise.reject(new Error('column "key" does not exist'));
    const host = await testHost(nPlusOne, { database: { isAvailable: true, explain } });
    await listWithLookUps(host, 'e1', 12);
    await host.advance(3);
    const view = JSON.stringify(await host.run('open', host.findings[0]?.details?.input));
    assert.match(view, /EXPLAIN could not check it: column/);
  });

  it('points to the line that sent the statements, and says where to look when none is known', async () => {
    const where = { file: 'src/workflows.ts', line: 12, function: 'list' };
    const host = await testHost(nPlusOne);
    await listWithLookUps(host, 'e1', 12);
    await listWithLookUps(host, 'e2', 12, { where });
    await host.advance(3);
    const [guessed, known] = host.findings;
    assert.deepEqual(guessed?.about, {
      statement: 'SELECT name FROM agents WHERE id = $1',
      route: 'GET /workflows',
    });
    assert.deepEqual(known?.where, where);
    assert.match(JSON.stringify(await host.run('open', known?.details?.input)), /src\/workflows.ts:12/);
  });

  it('says so when what is opened is not in the log any more', async () => {
    const host = await testHost(nPlusOne);
    await assert.rejects(host.run('open', { exchangeId: 'x', fingerprint: 'y' }), { code: 'not_found' });
  });

  it('proposes a batch route to a caller that reads many things one by one', async () => {
    const host = await testHost(nPlusOne);
    for (let number = 0; number < 40; number += 1) {
      await host.emit(HttpFinished, exchange(`e${number}`, '/agents/:id', `/agents/${number}`));
    }
    await host.advance(20);
    const burst = host.findings.find(({ rule }) => rule === 'n-plus-one/burst');
    assert.match(burst?.title ?? '', /agent tool asked for 40 things/);
    assert.match(JSON.stringify(host.view('repetitions')), /batch route/);
  });

  it('shows repetitions as they were at a past position', async () => {
    const host = await testHost(nPlusOne);
    await listWithLookUps(host, 'e1', 12);
    await host.advance(3);
    assert.match(JSON.stringify(host.view('repetitions', 5)), /No statement was repeated/);
    assert.match(JSON.stringify(host.view('repetitions')), /"GET \/workflows"/);
  });
});
