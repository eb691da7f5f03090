import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { MeterAllowance } from './result-meter.ts';
import { client, play, server, type Line } from './transcript.ts';

const wide = 'x'.repeat(3000);
const answer = [
  server.columns('id', 'body'),
  server.row('1', wide),
  server.row('22', wide),
  server.complete('SELECT 2'),
];
const seen = {
  rows: 2,
  columns: [
    { name: 'id', bytes: 3 },
    { name: 'body', bytes: 6000 },
  ],
};

function results(lines: readonly Line[], options?: Parameters<typeof play>[1]) {
  return play(lines, options).ended.map(({ result }) => result);
}

describe('the bytes of a result', () => {
  const simple: readonly Line[] = [
    ['client', client.query('select * from notes')],
    ['server', ...answer, server.ready()],
  ];

  it('are told for each column, however the frames are cut', () => {
    for (const pieceBytes of [1, 7, 4000, Infinity])
      assert.deepEqual(results(simple, { pieceBytes }), [seen]);
  });

  it('are told of an unnamed statement that is described each time', () => {
    const lines: readonly Line[] = [
      [
        'client',
        client.parse('', 'select * from notes'),
        client.bind('', ''),
        client.describe('P', ''),
        client.execute(''),
        client.sync(),
      ],
      ['server', server.parsed(), server.bound(), ...answer, server.ready()],
    ];
    assert.deepEqual(results(lines), [seen]);
  });

  it('are told of each use of a statement that was described once', () => {
    const use: readonly Line[] = [
      ['client', client.bind('', 's'), client.execute(''), client.sync()],
      ['server', server.bound(), ...answer.slice(1), server.ready()],
    ];
    const lines: readonly Line[] = [
      ['client', client.parse('s', 'select * from notes'), client.describe('S', 's'), client.sync()],
      ['server', server.parsed(), server.parameterTypes(), server.columns('id', 'body'), server.ready()],
      ...use,
      ...use,
    ];
    assert.deepEqual(results(lines), [seen, seen]);
  });

  it('are those of the first hundred rows, and all rows are counted', () => {
    const rows = Array.from({ length: 250 }, () => server.row('1'));
    const { ended } = play([
      ['client', client.parse('', 'select id from notes'), client.bind('', ''), client.describe('P', '')],
      ['client', client.execute('', 250), client.sync()],
      ['server', server.parsed(), server.bound(), server.columns('id'), ...rows, server.suspended()],
    ]);
    assert.deepEqual(ended[0]?.result, { rows: 100, columns: [{ name: 'id', bytes: 100 }] });
    assert.equal(ended[0]?.rowsSeen, 250);
  });

  it('are told of a row that is too long to be looked at whole', () => {
    const long = 'x'.repeat(40_000);
    const row: readonly Line[] = [
      ['client', client.query('select body from notes')],
      ['server', server.columns('body'), server.row(long), server.complete('SELECT 1'), server.ready()],
    ];
    const [result] = results(row, { maxBytes: 20_000 });
    assert.deepEqual(result?.columns, [{ name: 'body', bytes: 40_000 }]);
  });

  it('are not mixed up with what was only described', () => {
    const lines: readonly Line[] = [
      [
        'client',
        client.parse('', 'select 1 as other'),
        client.bind('', ''),
        client.describe('P', ''),
        client.sync(),
      ],
      ['server', server.parsed(), server.bound(), server.columns('other'), server.ready()],
      ...simple,
    ];
    assert.deepEqual(results(lines), [seen]);
  });

  it('are no part of an execution that failed', () => {
    const lines: readonly Line[] = [
      ['client', client.query('select 1 / n from t')],
      [
        'server',
        server.columns('n'),
        server.row('1'),
        server.error('22012', 'division by zero'),
        server.ready(),
      ],
    ];
    assert.deepEqual(results(lines), [null]);
  });
});

describe('the allowance', () => {
  it('lets a first burst through, then a few a second', () => {
    const allowance = new MeterAllowance();
    const taken = (count: number, nowMs: number): number =>
      Array.from({ length: count }, () => allowance.take(nowMs)).filter(Boolean).length;
    assert.equal(taken(100, 1_000_000), 50);
    assert.equal(taken(100, 1_001_000), 5);
  });
});
