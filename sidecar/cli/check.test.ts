import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { emptyBuckets } from '../../shared/index.ts';
import { fakeStatement } from '../../shared/testing.ts';
import { main } from '../main.ts';

const recorded = (position: number, type: string, data: unknown, exchangeId: string | null = null) => ({
  position,
  id: `e${position}`,
  type,
  at: '2026-01-01T00:00:00.000Z',
  stream: null,
  streamVersion: null,
  traceId: null,
  exchangeId,
  causedBy: null,
  data,
});

const summary = (count: number) => {
  const row = {
    fingerprint: 'f',
    text: 'select 1',
    count,
    errors: 0,
    rows: 1,
    durationMsSum: 1,
    durationMsMax: 1,
  };
  const rows = [{ ...row, buckets: emptyBuckets() }];
  return { seconds: 1, rows, sampledAway: 0, connections: 1, opaqueConnections: 0 };
};

const statement = (exchangeId: string, sqlstate?: string) =>
  fakeStatement({
    exchangeId,
    attribution: 'exact',
    fingerprint: 'bad',
    text: "select 'O'Brien' /*framework='demo'*/",
    command: '',
    rows: 0,
    ...(sqlstate && { error: { sqlstate, message: 'syntax error' } }),
  });

const reply = (exchangeId: string, status: number) => ({
  exchangeId,
  method: 'GET',
  route: '/search',
  target: '/search',
  status,
  durationMs: 1,
  firstByteMs: 1,
  requestBytes: 0,
  replyBytes: 0,
  principal: null,
  clientAddress: '127.0.0.1',
  servedBy: 'backend',
  isStreaming: false,
  isUpgrade: false,
});

const slow = {
  fingerprint: 's1',
  text: 'select * from runs',
  durationMs: 1500,
  rows: 1,
  exchangeId: null,
  statementPosition: 3,
};
const repeated = {
  kind: 'n-plus-one',
  route: 'GET /workflows',
  exchangeId: 'x',
  fingerprint: 'n1',
  text: 'select name from agents where id = $1',
  count: 50,
  totalMs: 100,
  isWrite: false,
  parent: null,
  orm: 'plain SQL',
  fix: 'Ask once.',
  batched: null,
};

describe('outrider check', () => {
  let cwd = '';
  let out = '';
  let errors = '';
  /** What is in the log once the command ran. */
  let log: ReturnType<typeof recorded>[] = [];
  let plugins: readonly string[] = [];
  let env: Readonly<Record<string, string>> = {};

  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', 'http://gateway');
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer(url)));
  });
  function answer({ pathname, searchParams }: URL): unknown {
    if (pathname === '/api/plugins') return { plugins: plugins.map(plugin) };
    if (pathname === '/api/status') return status;
    if (pathname === '/api/findings') return { findings: [] };
    if (searchParams.get('backward') === 'true') return { events: [], head: 2 };
    const types = searchParams.getAll('type');
    const exchangeId = searchParams.get('exchangeId');
    const events = log.filter(
      (each) =>
        types.includes(each.type) &&
        each.position > Number(searchParams.get('after') ?? 0) &&
        (exchangeId === null || each.exchangeId === exchangeId),
    );
    return { events, head: 99 };
  }

  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'outrider-check-'));
    out = errors = '';
    log = [
      recorded(1, 'slow-queries/seen', { ...slow, fingerprint: 'before' }),
      recorded(3, 'sql/summary', summary(7)),
    ];
    plugins = ['slow-queries', 'n-plus-one'];
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    // Safe: it listens on TCP.
    const { port } = server.address() as AddressInfo;
    env = {
      PATH: process.env['PATH'] ?? '',
      OUTRIDER_GATEWAY: `127.0.0.1:${port}`,
      OUTRIDER_TOKEN: 'the-token',
    };
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    await rm(cwd, { recursive: true });
  });

  const check = (...tokens: readonly string[]) =>
    main(['check', '--settle', '0', ...tokens], {
      cwd,
      env,
      out: (text) => void (out += text),
      error: (text) => void (errors += text),
    });
  const ok = ['--', process.execPath, '-e', '0'];

  it('passes when nothing new was seen, whatever was there before', async () => {
    assert.equal(await check(...ok), 0);
    assert.match(out, /passed\. 0 new, 0 known; 7 statements/);
  });

  it('fails on a slow query, an N+1 and failed SQL in a good reply, and names each once', async () => {
    log.push(
      recorded(4, 'slow-queries/seen', slow),
      recorded(5, 'slow-queries/seen', { ...slow, durationMs: 1700 }),
    );
    log.push(
      recorded(6, 'n-plus-one/seen', repeated),
      recorded(7, 'n-plus-one/seen', { ...repeated, kind: 'duplicate' }),
    );
    log.push(
      recorded(8, 'sql/finished', statement('a', '42601'), 'a'),
      recorded(9, 'http/finished', reply('a', 200), 'a'),
    );
    log.push(
      recorded(10, 'sql/finished', statement('b', '42601'), 'b'),
      recorded(11, 'http/finished', reply('b', 500), 'b'),
    );
    log.push(
      recorded(12, 'sql/finished', statement('a', '40001'), 'a'),
      recorded(13, 'sql/finished', statement('a'), 'a'),
    );
    assert.equal(await check(...ok), 1);
    assert.match(out, /failed\. 3 new/);
    assert.match(out, /Slow query: took up to 1700 ms, 2 times\n {2}select \* from runs/);
    assert.match(out, /N\+1 at GET \/workflows: sent 50 times within one request, 100 ms/);
    assert.match(
      out,
      /Failed SQL in a good reply at GET \/search: failed \(42601: syntax error\) and the reply was 200/,
    );
    assert.doesNotMatch(out, /framework/);
  });

  it('lets pass what the baseline knows, and says what of it is gone', async () => {
    log.push(recorded(4, 'slow-queries/seen', slow));
    assert.equal(await check('--baseline', 'known.json', '--update-baseline', ...ok), 0);
    assert.match(
      await readFile(join(cwd, 'known.json'), 'utf8'),
      /"key": "slow-query s1",\n\s+"text": "select \* from runs"/,
    );
    assert.equal(await check('--baseline', 'known.json', ...ok), 0);
    log.push(recorded(5, 'n-plus-one/seen', repeated));
    out = '';
    assert.equal(await check('--json', '--baseline', 'known.json', ...ok), 1);
    const report = JSON.parse(out) as { new: { key: string }[]; known: { key: string }[] };
    assert.deepEqual(
      [report.new.map(({ key }) => key), report.known.map(({ key }) => key)],
      [['n-plus-one GET /workflows n1'], ['slow-query s1']],
    );
    log = log.filter(({ type }) => type !== 'slow-queries/seen');
    out = '';
    await check('--baseline', 'known.json', ...ok);
    assert.match(out, /not seen this time: slow-query s1/);
  });

  it('ends with the exit code of a command that failed', async () => {
    assert.equal(await check('--', process.execPath, '-e', 'process.exit(3)', '--', '--help'), 3);
    assert.match(out, /ended with exit code 3/);
  });

  it('does not pass when it could not see', async () => {
    log = [];
    assert.equal(await check(...ok), 1);
    assert.match(out, /No statement was seen/);
    assert.equal(await check('--allow-empty', '--seconds', '0'), 0);
    plugins = ['slow-queries'];
    assert.equal(await check(...ok), 2);
    assert.match(errors, /runs without n-plus-one/);
  });

  const wrong: readonly (readonly [tokens: readonly string[], says: RegExp])[] = [
    [[], /outrider check -- <command…>/],
    [['--seconds', '1', '--', 'true'], /outrider check -- <command…>/],
    [['--seconds', 'soon'], /--seconds is a number of seconds/],
    [['--update-baseline', '--seconds', '0'], /needs --baseline FILE/],
    [['--baseline', 'none.json', '--seconds', '0'], /cannot be read; --update-baseline writes it/],
    [['--', 'no-such-program-here'], /could not be started/],
  ];
  for (const [tokens, says] of wrong) {
    it(`refuses \`${tokens.join(' ')}\` with a clear sentence`, async () => {
      assert.equal(await check(...tokens), 2);
      assert.match(errors, says);
    });
  }

  const plugin = (name: string) => ({
    name,
    summary: '',
    mode: 'enforce',
    state: 'running',
    origin: 'built-in',
    capabilities: [],
    panels: [],
    commands: [],
    hooks: [],
  });
  const status = {
    version: '0.1.0',
    startedAt: '',
    state: 'ready',
    reasons: [],
    addresses: { http: 'a', sql: 'b', gateway: 'c', upstream: 'd', sqlUpstream: 'e' },
    http: { inFlight: 0, perSecond: 0, errorsPerSecond: 0 },
    sql: { connections: 0, perSecond: 0, opaqueConnections: 0 },
    log: { head: 2, queued: 0, sampledAway: 0, store: 'embedded' },
    openFindings: 0,
  };
});
