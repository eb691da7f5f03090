import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { runCommand, startDemo, type Demo } from '../docker/demo/start.ts';
import type { OpenFinding } from '../shared/index.ts';
import { postgresUrl } from '../scripts/services.ts';
import { eventually } from './eventually.ts';
import { gatewayClient, type GatewayClient } from './gateway-client.ts';

describe('N+1 through a running sidecar', () => {
  const workspace = mkdtempSync(join(tmpdir(), 'outrider-n-plus-one-'));
  let demo: Demo;
  let gateway: GatewayClient;

  before(async () => {
    demo = await startDemo({
      workspace,
      hasTraffic: false,
      serverUrl: postgresUrl(),
      databaseName: 'e2e_n_plus_one',
      size: { executions: 200, messages: 400 },
    });
    gateway = gatewayClient(demo.gatewayUrl, demo.token);
  });
  after(async () => {
    await demo?.stop();
    rmSync(workspace, { recursive: true, force: true });
  });

  const ask = async (target: string, key = demo.key): Promise<void> => {
    const response = await fetch(demo.proxyUrl + target, { headers: { 'x-api-key': key } });
    assert.equal(response.status, 200, target);
    await response.arrayBuffer();
  };
  const findingOf = (rule: string): Promise<OpenFinding> =>
    eventually(`a finding ${rule}`, async () =>
      (await gateway.findings()).find((finding) => finding.rule === rule),
    );

  it('is found in a request that looks up each row, with its parent, what one statement would cost, and the fix', async () => {
    await ask('/api/workflows?limit=12');
    const finding = await findingOf('n-plus-one/n-plus-one');
    assert.match(
      finding.title,
      /^GET \/api\/workflows sends one statement for each row of another: 12 times, \d+ ms$/,
    );
    assert.match(finding.advice, /^Ask for `agents` together with `workflows`: `= ANY\(\$1\)`/);
    const opened = JSON.stringify(
      await runCommand(demo.gatewayUrl, demo.token, 'n-plus-one/open', finding.details?.input ?? {}),
    );
    assert.match(opened, /It follows the 12 rows of/);
    assert.match(opened, /SELECT id, name, model FROM agents WHERE id = ANY\(\$1\)/);
    assert.match(opened, /"value":"1 instead of 12"/);
    assert.match(opened, /"kind":"plan"/);
  });

  it('is found across requests: an agent’s tool that reads 40 things one by one is offered a batch route', async () => {
    const made = await gateway.post('/api/security/api-keys', { label: 'agent tool' });
    const { key } = (await made.json()) as { key: string };
    for (let id = 1; id <= 40; id += 1) await ask(`/api/agents/${id}`, key);
    const finding = await findingOf('n-plus-one/burst');
    assert.match(
      finding.title,
      /^agent tool asked for 40 things one by one at GET \/api\/agents\/:id: \d+ ms$/,
    );
    assert.match(finding.advice, /`GET \/api\/agents\?ids=1,2,3`/);
    assert.match(
      JSON.stringify(await gateway.view('n-plus-one/repetitions')),
      /GET \/api\/agents\?ids=1,2,3/,
    );
  });

  it('is not found in ordinary use: a page, one thing, another page', async () => {
    await ask('/api/agents?limit=20');
    for (const id of [50, 51, 52]) await ask(`/api/agents/${id}`);
    await ask('/api/executions?status=failed');
    const rules = (await gateway.findings()).filter(({ rule }) => rule.startsWith('n-plus-one/'));
    assert.deepEqual(rules.map(({ rule }) => rule).toSorted(), ['n-plus-one/burst', 'n-plus-one/n-plus-one']);
  });
});
