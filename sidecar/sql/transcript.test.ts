import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { frame, FrameError } from './frames.ts';
import { client, play, server, type Line } from './transcript.ts';
import { parameterTexts } from './parameters.ts';
import type { Execution } from './session.ts';

describe('a simple query', () => {
  it('is one execution with its rows and its time', () => {
    const [one] = told([
      ['client', client.query('select a from t')],
      [
        'server',
        server.columns(),
        server.row('1'),
        server.row('2'),
        server.complete('SELECT 2'),
        server.ready(),
      ],
    ]);
    assert.deepEqual(one, { text: 'select a from t', tag: 'SELECT 2', startedMs: 1, endedMs: 2, state: 'I' });
  });

  it('with several statements is one execution for each, begun when the one before ended', () => {
    const executions = told([
      ['client', client.query("begin; insert into t values (';'); select 1;")],
      ['server', server.complete('BEGIN')],
      ['server', server.complete('INSERT 0 1'), server.notice()],
      ['server', server.row('1'), server.complete('SELECT 1'), server.ready('T')],
    ]);
    assert.deepEqual(executions, [
      { text: 'begin', tag: 'BEGIN', startedMs: 1, endedMs: 2, state: 'I' },
      { text: "insert into t values (';')", tag: 'INSERT 0 1', startedMs: 2, endedMs: 3, state: 'T' },
      { text: 'select 1', tag: 'SELECT 1', startedMs: 3, endedMs: 4, state: 'T' },
    ]);
  });

  it('that fails half-way tells what ran, and what failed', () => {
    const executions = told([
      ['client', client.query('select 1; select 1/0; select 2')],
      ['server', server.complete('SELECT 1'), server.error('22012', 'division by zero'), server.ready()],
    ]);
    assert.deepEqual(
      executions.map(({ text, error }) => [text, error]),
      [
        ['select 1', undefined],
        ['select 1/0', '22012 division by zero'],
      ],
    );
  });

  it('that does not parse fails as a whole', () => {
    const [one, ...more] = told([
      ['client', client.query('select 1; selekt 2')],
      ['server', server.error('42601', 'syntax error'), server.ready()],
    ]);
    assert.equal(one?.text, 'select 1; selekt 2');
    assert.deepEqual(more, []);
  });

  it('that is empty is no execution', () => {
    assert.deepEqual(
      told([
        ['client', client.query('')],
        ['server', server.empty(), server.ready()],
      ]),
      [],
    );
  });
});

describe('the extended protocol', () => {
  const prepare: Line = ['client', client.parse('s', 'select $1'), client.describe('S', 's'), client.sync()];
  const prepared: Line = [
    'server',
    server.parsed(),
    server.parameterTypes(23),
    server.columns(),
    server.ready(),
  ];

  it('joins an execution to the text its statement was prepared with, long ago', () => {
    const { ended } = play([
      prepare,
      prepared,
      ['client', client.bind('', 's', ['7']), client.execute(''), client.sync()],
      ['server', server.bound(), server.row('7'), server.complete('SELECT 1'), server.ready()],
      ['client', client.bind('', 's', ['8']), client.execute(''), client.sync()],
      ['server', server.bound(), server.row('8'), server.complete('SELECT 1'), server.ready()],
    ]);
    assert.deepEqual(
      ended.map((each) => [each.statement.text, valuesOf(each)]),
      [
        ['select $1', ['7']],
        ['select $1', ['8']],
      ],
    );
  });

  it('tells pipelined executions in order, each begun when the one before ended', () => {
    const executions = told([
      ['client', client.parse('', 'select 1'), client.bind('', ''), client.execute('')],
      ['client', client.parse('', 'select 2'), client.bind('', ''), client.execute(''), client.sync()],
      ['server', server.parsed(), server.bound(), server.complete('SELECT 1')],
      [
        'server',
        server.parsed(),
        server.bound(),
        server.notification(),
        server.complete('SELECT 1'),
        server.ready(),
      ],
    ]);
    assert.deepEqual(executions, [
      { text: 'select 1', tag: 'SELECT 1', startedMs: 1, endedMs: 3, state: 'I' },
      { text: 'select 2', tag: 'SELECT 1', startedMs: 3, endedMs: 4, state: 'I' },
    ]);
  });

  it('skips to the Sync after an error and is in step again after it', () => {
    const executions = told([
      ['client', client.parse('', 'select 1/0'), client.bind('', ''), client.execute('')],
      ['client', client.parse('', 'never'), client.bind('', ''), client.execute(''), client.sync()],
      ['client', client.query('select 3')],
      ['server', server.parsed(), server.bound(), server.error('22012', 'division by zero'), server.ready()],
      ['server', server.complete('SELECT 1'), server.ready()],
    ]);
    assert.deepEqual(
      executions.map(({ text, error }) => [text, error]),
      [
        ['select 1/0', '22012 division by zero'],
        ['select 3', undefined],
      ],
    );
  });

  it('skips messages that are sent after the error too, up to the Sync', () => {
    const { ended, session } = play([
      ['client', client.parse('', 'selekt'), client.flush()],
      ['server', server.error('42601', 'syntax error')],
      ['client', client.bind('', ''), client.execute(''), client.query('also skipped'), client.sync()],
      ['server', server.ready()],
    ]);
    assert.deepEqual(
      ended.map(({ statement, error }) => [statement.text, error?.sqlstate]),
      [['selekt', '42601']],
    );
    assert.equal(session.sent.length, 0);
  });

  it('keeps what a name stood for when its new definition is skipped', () => {
    const { ended } = play([
      prepare,
      prepared,
      ['client', client.bind('', 'missing'), client.close('S', 's'), client.execute(''), client.sync()],
      ['server', server.error('26000', 'no such statement'), server.ready()],
      ['client', client.bind('', 's', ['1']), client.execute(''), client.sync()],
      ['server', server.bound(), server.complete('SELECT 1'), server.ready()],
    ]);
    assert.equal(ended.at(-1)?.statement.text, 'select $1');
  });

  it('tells a row-limited fetch as a partial execution with its rows', () => {
    const { ended } = play([
      ['client', client.parse('', 'select a'), client.bind('c', ''), client.execute('c', 2), client.flush()],
      ['server', server.parsed(), server.bound(), server.row('1'), server.row('2'), server.suspended()],
      ['client', client.execute('c', 2), client.sync()],
      ['server', server.row('3'), server.complete('SELECT 1'), server.ready()],
    ]);
    assert.deepEqual(
      ended.map(({ isPartial, rowsSeen, tag }) => [isPartial, rowsSeen, tag]),
      [
        [true, 2, ''],
        [false, 1, 'SELECT 1'],
      ],
    );
  });

  it('forgets statements that SQL closes, and learns those that SQL prepares', () => {
    const { session } = play([
      ['client', client.query('PREPARE "My x" (int) AS select 1; deallocate all; prepare Y as select 2')],
      ['server', server.complete('PREPARE'), server.complete('DEALLOCATE ALL'), server.complete('PREPARE')],
      ['server', server.ready()],
    ]);
    assert.deepEqual(
      session.statements.names().map((name) => [name, session.statements.get(name)?.text]),
      [['y', 'select 2']],
    );
  });
});

describe('COPY', () => {
  it('in by a simple query is one execution', () => {
    const { ended, session } = play([
      ['client', client.query('copy t from stdin')],
      ['server', server.copyIn()],
      ['client', client.copyData('1\n'), client.copyData('2\n'), client.copyDone()],
      ['server', server.complete('COPY 2'), server.ready()],
    ]);
    assert.deepEqual(
      ended.map(({ tag }) => tag),
      ['COPY 2'],
    );
    assert.ok(session.isIdle);
  });

  it('in by the extended protocol ignores the Sync that was sent before the data', () => {
    const { ended, session } = play([
      [
        'client',
        client.parse('', 'copy t from stdin'),
        client.bind('', ''),
        client.execute(''),
        client.sync(),
      ],
      ['server', server.parsed(), server.bound(), server.copyIn()],
      ['client', client.copyData('1\n'), client.sync(), client.copyDone(), client.sync()],
      ['server', server.complete('COPY 1'), server.ready()],
    ]);
    assert.deepEqual(
      ended.map(({ tag }) => tag),
      ['COPY 1'],
    );
    assert.ok(session.isIdle);
  });

  it('in whose data and end were sent without waiting is in step as well', () => {
    const { ended, session } = play([
      ['client', client.parse('', 'copy t from stdin'), client.bind('', ''), client.execute('')],
      ['client', client.copyData('1\n'), client.copyDone(), client.sync()],
      ['server', server.parsed(), server.bound(), server.copyIn(), server.complete('COPY 1'), server.ready()],
    ]);
    assert.deepEqual(
      ended.map(({ tag }) => tag),
      ['COPY 1'],
    );
    assert.ok(session.isIdle);
  });

  it('in that fails half-way leaves nothing behind', () => {
    const { ended, session } = play([
      ['client', client.query('copy t from stdin')],
      ['server', server.copyIn()],
      ['client', client.copyData('x\n')],
      ['server', server.error('22P02', 'invalid input'), server.ready()],
      ['client', client.copyData('2\n'), client.copyFail('gave up')],
      ['client', client.query('select 1')],
      ['server', server.complete('SELECT 1'), server.ready()],
    ]);
    assert.deepEqual(
      ended.map(({ tag, error }) => [tag, error?.sqlstate]),
      [
        ['', '22P02'],
        ['SELECT 1', undefined],
      ],
    );
    assert.ok(session.isIdle);
  });

  it('out is one execution', () => {
    const { ended } = play([
      ['client', client.query('copy t to stdout')],
      [
        'server',
        server.copyOut(),
        server.copyData('1\n'),
        server.copyDone(),
        server.complete('COPY 1'),
        server.ready(),
      ],
    ]);
    assert.deepEqual(
      ended.map(({ tag }) => tag),
      ['COPY 1'],
    );
  });
});

describe('a session', () => {
  it('is in step after a function call, and with messages that come at any time', () => {
    const { session } = play([
      ['server', server.notification(), server.parameterStatus(), server.notice()],
      ['client', client.call(1598)],
      ['server', server.called(), server.ready('T')],
    ]);
    assert.equal(session.transaction, 'T');
    assert.equal(session.sent.length, 0);
  });

  it('says when the server answers what nobody sent', () => {
    assert.throws(() => play([['server', server.complete('SELECT 1')]]), /not sent/);
    assert.throws(
      () =>
        play([
          ['client', client.sync()],
          ['server', server.parsed()],
        ]),
      /not sent/,
    );
    assert.throws(() => play([['server', Buffer.from('?\0\0\0\u0004', 'latin1')]]), /unknown type/);
  });

  it('takes any bytes from either side, or says that it cannot', () => {
    const anyBytes = fc.uint8Array({ maxLength: 60 });
    const types = [...'QPBEDCSHFdcfXpZTtnIGHVRKNAW123s?'];
    const anyFrame = fc
      .tuple(fc.constantFrom(...types), anyBytes)
      .map(([type, payload]) => frame(type, Buffer.from(payload)));
    const anyLine = fc.tuple(fc.constantFrom('client', 'server'), fc.oneof(anyFrame, anyFrame, anyBytes));
    fc.assert(
      fc.property(fc.array(anyLine, { maxLength: 12 }), (lines) => {
        try {
          play(
            lines.map(([who, bytes]): Line => [who === 'client' ? 'client' : 'server', Buffer.from(bytes)]),
          );
        } catch (error) {
          assert.ok(error instanceof FrameError, String(error));
        }
      }),
      { numRuns: 3000 },
    );
  });

  it('is the same whatever pieces its bytes come in', () => {
    const lines: readonly Line[] = [
      [
        'client',
        client.parse('s', 'select $1', [25]),
        client.bind('p', 's', ['ä', null]),
        client.execute('p', 1),
      ],
      [
        'client',
        client.execute('p'),
        client.close('P', 'p'),
        client.sync(),
        client.query('select 1; select 2'),
      ],
      ['server', server.parsed(), server.bound(), server.row('ä'), server.suspended(), server.row('b')],
      ['server', server.complete('SELECT 1'), server.closed(), server.ready()],
      ['server', server.complete('SELECT 1'), server.row('2'), server.error('XX000', 'oh'), server.ready()],
    ];
    const whole = play(lines).ended.map(summary);
    for (let pieceBytes = 1; pieceBytes < 60; pieceBytes++)
      assert.deepEqual(play(lines, { pieceBytes }).ended.map(summary), whole);
  });
});

interface Told {
  readonly text: string;
  readonly tag: string;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly state: string;
  readonly error?: string;
}

function told(lines: readonly Line[]): readonly Told[] {
  return play(lines).ended.map(({ statement, tag, startedMs, endedMs, transaction: state, error }) => ({
    text: statement.text,
    tag,
    startedMs,
    endedMs,
    state,
    ...(error && { error: `${error.sqlstate} ${error.message}` }),
  }));
}

function summary(execution: Execution): unknown {
  const { statement, tag, rowsSeen, isPartial, error } = execution;
  return [statement.text, valuesOf(execution), tag, rowsSeen, isPartial, error];
}

function valuesOf({ portal }: Execution): unknown {
  return portal?.values ? parameterTexts(portal.values, portal.statement.typeOids) : null;
}
