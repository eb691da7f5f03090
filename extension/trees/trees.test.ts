import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { OpenFinding, PluginInfo, Status } from '../../shared/protocol.ts';
import { itemKinds } from '../contributions.ts';
import { statusLine } from '../dashboards/status-line.ts';
import { webviewHtml } from '../editor/webview-html.ts';
import { findingNodes } from './finding-nodes.ts';
import { keyNodes } from './key-nodes.ts';
import { pluginNodes, streamNodes } from './other-nodes.ts';
import { durationText, traffic } from './traffic.ts';

const finding = (key: string, severity: OpenFinding['severity'], lastAt: string): OpenFinding => ({
  key,
  rule: 'a/b',
  severity,
  title: key,
  advice: 'Do it.',
  evidence: [],
  plugin: 'a',
  firstAt: lastAt,
  lastAt,
  times: 1,
});

const exchange = (id: string, status: number) => ({
  position: 1,
  id,
  type: 'http/finished',
  at: '2026-11-23T10:00:00Z',
  stream: null,
  streamVersion: null,
  traceId: null,
  exchangeId: id,
  causedBy: null,
  data: {
    exchangeId: id,
    method: 'GET',
    route: '/agents/:id',
    target: '/agents/7',
    status,
    durationMs: 12.4,
    firstByteMs: 10,
    requestBytes: 0,
    replyBytes: 10,
    principal: { kind: 'api-key', id: 'k', label: 'ci' },
    clientAddress: '127.0.0.1',
    servedBy: 'backend',
    isStreaming: false,
    isUpgrade: false,
  },
});

describe('The tree of findings', () => {
  it('shows the gravest first and of equals the latest', () => {
    const nodes = findingNodes([
      finding('old', 'warning', '2026-11-23T09:00:00Z'),
      finding('grave', 'error', '2026-11-23T08:00:00Z'),
      finding('new', 'warning', '2026-11-23T10:00:00Z'),
    ]);
    assert.deepEqual(
      nodes.map(({ label, children }) => [label, children?.map((child) => child.label)]),
      [
        ['Errors', ['grave']],
        ['Warnings', ['new', 'old']],
      ],
    );
  });

  it('offers a fix only where there is one', () => {
    const fixable = { ...finding('x', 'hint', ''), fix: { label: 'Fix', command: 'a/b', input: {} } };
    const [hints] = findingNodes([fixable, finding('y', 'hint', '')]);
    assert.deepEqual(
      hints?.children?.map(({ kind }) => kind),
      [itemKinds.fixableFinding, itemKinds.finding],
    );
  });
});

describe('The tree of traffic', () => {
  it('shows the newest on top and no more than a hundred', () => {
    const exchanges = traffic();
    assert.equal(exchanges.add([exchange('a', 200), exchange('b', 404)]), true);
    assert.deepEqual(
      exchanges.nodes().map(({ id, description }) => [id, description]),
      [
        ['b', '404 · 12 ms · ci'],
        ['a', '200 · 12 ms · ci'],
      ],
    );
    exchanges.add(Array.from({ length: 200 }, (_, index) => exchange(String(index), 200)));
    assert.equal(exchanges.nodes().length, 100);
  });

  it('leaves out events of other kinds', () => {
    assert.equal(traffic().add([{ ...exchange('a', 200), type: 'sql/finished' }]), false);
  });

  it('writes durations as a person would', () => {
    assert.deepEqual([0.42, 12.4, 1234, 12_345].map(durationText), ['0.4 ms', '12 ms', '1.2 s', '12 s']);
  });
});

describe('The trees of keys, streams and plugins', () => {
  it('puts keys that ended last and offers nothing for them', () => {
    const nodes = keyNodes([
      { id: '1', label: 'a', status: 'revoked' },
      { id: '2', label: 'b', status: 'active' },
    ]);
    assert.deepEqual(
      nodes.map(({ label, kind }) => [label, kind]),
      [
        ['b', itemKinds.key],
        ['a', undefined],
      ],
    );
  });

  it('puts the stream that changed last on top', () => {
    const nodes = streamNodes([
      { stream: 'old', version: 1, lastAt: '2026-11-23T09:00:00Z' },
      { stream: 'new', version: 2, lastAt: '2026-11-23T10:00:00Z' },
    ]);
    assert.deepEqual(
      nodes.map(({ label }) => label),
      ['new', 'old'],
    );
  });

  it('tells what a plugin may touch and what its hooks did', () => {
    const plugin: PluginInfo = {
      name: 'filter',
      summary: 'Filters.',
      mode: 'enforce',
      state: 'running',
      origin: 'built-in',
      capabilities: [{ id: 'credentials', grants: 'Sees credentials.', sensitive: true }],
      panels: [],
      commands: [],
      hooks: [{ hook: 'guard', calls: 1200, failures: 1, denials: 3, microsecondsMean: 14.4 }],
    };
    const [node] = pluginNodes([plugin]);
    assert.equal(node?.kind, itemKinds.enforcingPlugin);
    assert.deepEqual(
      node.children?.map(({ label, description }) => [label, description]),
      [
        ['guard', '1,200 calls · 14 µs · 3 denied · 1 failed'],
        ['credentials', 'Sees credentials.'],
      ],
    );
  });
});

describe('The status bar', () => {
  const status: Status = {
    version: '0.1.0',
    startedAt: '',
    state: 'ready',
    reasons: [],
    addresses: { http: null, sql: null, gateway: 'g', upstream: null, sqlUpstream: null },
    http: { inFlight: 1, perSecond: 42.41, errorsPerSecond: 0 },
    sql: { connections: 2, perSecond: 3, opaqueConnections: 0 },
    log: { head: 10, queued: 0, sampledAway: 0, store: 'embedded' },
    openFindings: 2,
  };

  it('tells traffic and findings while it is connected', () => {
    assert.equal(statusLine({ kind: 'live' }, status, 'g').text, '$(pulse) 42.4 req/s $(warning) 2');
  });

  it('alarms when the sidecar is degraded, and says why', () => {
    const line = statusLine(
      { kind: 'live' },
      { ...status, state: 'degraded', reasons: ['The store is away.'] },
      'g',
    );
    assert.equal(line.isAlarming, true);
    assert.match(line.tooltip, /The store is away/);
  });

  it('says that nothing is connected without alarming', () => {
    const line = statusLine({ kind: 'closed' }, null, null);
    assert.deepEqual([line.isConnected, line.isAlarming], [false, false]);
  });
});

describe('The page of a webview', () => {
  const html = webviewHtml({
    script: 'vscode://s.js',
    style: 'vscode://s.css',
    source: 'vscode:',
    nonce: 'n0"<',
  });

  it('lets only the script with its nonce run', () => {
    assert.match(html, /script-src 'nonce-n0&quot;&lt;'/);
    assert.doesNotMatch(html, /script-src[^;]*unsafe/);
  });

  it('writes no value as markup', () => {
    assert.doesNotMatch(html, /n0"</);
  });
});
