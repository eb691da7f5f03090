import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { HttpSummary, SqlFinished, emptyBuckets, type Row } from '../../shared/index.ts';
import { fakeStatement, testHost, type TestHost } from '../../shared/testing.ts';
import { LinesCounted } from './events.ts';
import codeLines from './index.ts';

const statement = (where: object | undefined, durationMs: number, more: object = {}) =>
  fakeStatement({
    text: "select 1 /*file='a.ts',line='3'*/",
    durationMs,
    ...(where && { where }),
    ...more,
  });

function rowsOf(host: TestHost, panel: string): readonly Row[] {
  const view = host.view(panel);
  assert.ok(view.kind === 'table');
  return view.rows;
}

const figuresOf = ({ key, cells }: Row): readonly unknown[] => [
  key,
  ...cells.slice(1, 3).map((cell) => typeof cell === 'object' && cell.sortBy),
];

describe('code-lines', () => {
  it('counts statements by the line that sent them, the most time first', async () => {
    const host = await testHost(codeLines);
    for (let times = 0; times < 3; times++)
      await host.emit(SqlFinished, statement({ file: 'a.ts', line: 3, function: 'list' }, 1));
    await host.emit(SqlFinished, statement({ file: 'b.ts', line: 9 }, 100));
    await host.emit(SqlFinished, statement(undefined, 500));
    await host.advance(5);
    const rows = rowsOf(host, 'lines');
    assert.deepEqual(
      rows.map(({ key }) => key),
      ['b.ts:9', 'a.ts:3'],
    );
    assert.deepEqual(rows[1] && figuresOf(rows[1]).slice(0, 2), ['a.ts:3', 3]);
    assert.ok(JSON.stringify(rows[1]).includes('list'));
    assert.ok(!JSON.stringify(rows).includes('/*'));
  });

  it('adds up what it told before, and tells nothing when nothing was sent', async () => {
    const host = await testHost(codeLines);
    for (let times = 0; times < 2; times++) {
      await host.emit(
        SqlFinished,
        statement({ file: 'a.ts', line: 3 }, 8, { error: { sqlstate: '1', message: '' } }),
      );
      await host.advance(5);
    }
    await host.advance(60);
    assert.equal(host.events.filter(({ type }) => type === 'code-lines/counted').length, 2);
    const [row] = rowsOf(host, 'lines');
    assert.deepEqual(row && figuresOf(row).slice(0, 2), ['a.ts:3', 2]);
    assert.deepEqual(row?.cells[4], { text: '2', sortBy: 2, tone: 'bad' });
  });

  it('is bounded, however many lines there are', async () => {
    const host = await testHost(codeLines);
    for (let line = 1; line <= 400; line++)
      await host.emit(SqlFinished, statement({ file: 'a.ts', line }, 1));
    await host.advance(5);
    const told = host.events.find(({ type }) => type === 'code-lines/counted');
    assert.equal(LinesCounted.schema.parse(told?.data).rows.length, 300);
  });

  it('shows the requests of each route', async () => {
    const host = await testHost(codeLines);
    const buckets = emptyBuckets();
    buckets[5] = 4;
    const row = {
      method: 'GET',
      route: '/agents/:id',
      status: 200,
      principalId: null,
      servedBy: 'backend',
      count: 4,
      durationMsSum: 6,
      durationMsMax: 2,
      buckets,
    };
    await host.emit(HttpSummary, {
      seconds: 1,
      rows: [row, { ...row, status: 500 }],
      sampledAway: 0,
      inFlight: 0,
    });
    const [shown] = rowsOf(host, 'routes');
    assert.deepEqual(shown && figuresOf(shown).slice(0, 2), ['GET /agents/:id', 8]);
    assert.deepEqual(shown?.cells[4], { text: '4', sortBy: 4, tone: 'bad' });
  });
});
