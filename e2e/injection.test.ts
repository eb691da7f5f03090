import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import { WebSocket } from 'ws';
import { startBackend, type Backend } from '../docker/demo/backend.ts';
import { createDatabase } from '../docker/demo/database.ts';
import { startSidecar, type SidecarProcess } from '../docker/demo/sidecar-process.ts';
import { freePort, postgresUrl } from '../scripts/services.ts';
import { ensureSqlmap, sqlmap } from '../scripts/sqlmap.ts';
import { eventually } from './eventually.ts';
import { gatewayClient, type GatewayClient } from './gateway-client.ts';

/** The search of the demo backend makes its word part of the statement's text. */
const search = (base: string, word: string): string => `${base}/api/search?q=${encodeURIComponent(word)}`;

/** Each reads what a search for `zzz` must not: another table, who the database's user is, or every row. */
const attacks = [
  "zzz' UNION SELECT 1, current_user --",
  "zzz%' UNION SELECT id, content FROM messages --",
  "zzz'/**/UnIoN/**/SeLeCt/**/1,current_user--",
  "zzz%' OR 'a%'='a",
  "zzz' OR 2>1 --",
  "zzz%' OR 1=CAST((SELECT current_user) AS int) --",
] as const;

const ordinaryWords = [
  'Agent 1',
  'select the best',
  'sales -- draft',
  'R&D',
  'union of teams',
  '10% off; today',
];

interface Answer {
  readonly status: number;
  readonly leaks: boolean;
}

async function asked(url: string): Promise<Answer> {
  const response = await fetch(url, { signal: AbortSignal.timeout(30_000) });
  const text = await response.text();
  const leaks = /outrider"|"outrider|\\"outrider|"name":/.test(text);
  return { status: response.status, leaks };
}

interface Journey {
  readonly proxyUrl: string;
  readonly gateway: GatewayClient;
  stop(): Promise<void>;
}

/** A sidecar before a backend of its own, with the backend's statements through the tap or past it. */
async function startJourney(
  databaseUrl: string,
  options: { readonly hasTap: boolean; readonly filter?: object },
): Promise<Journey> {
  const workspace = mkdtempSync(join(tmpdir(), 'outrider-injection-'));
  const ports = {
    backend: await freePort(),
    http: await freePort(),
    sql: await freePort(),
    gateway: await freePort(),
  };
  const { hostname, port } = new URL(databaseUrl);
  const tap = { upstream: `${hostname}:${port}`, listen: `127.0.0.1:${ports.sql}` };
  const sidecar: SidecarProcess = await startSidecar({
    workspace,
    config: {
      mode: 'enforce',
      http: { upstream: `http://127.0.0.1:${ports.backend}`, listen: `127.0.0.1:${ports.http}` },
      ...(options.hasTap && { sql: tap }),
      gateway: { listen: `127.0.0.1:${ports.gateway}` },
      plugins: [
        { plugin: 'api-keys', mode: 'observe' },
        { plugin: 'injection-filter', options: options.filter ?? {} },
      ],
    },
  });
  const throughTap = new URL(databaseUrl);
  throughTap.port = String(ports.sql);
  const backend = await startBackend({
    databaseUrl: options.hasTap ? throughTap.href : databaseUrl,
    port: ports.backend,
  });
  return {
    proxyUrl: `http://127.0.0.1:${ports.http}`,
    gateway: gatewayClient(sidecar.gateway, readFileSync(sidecar.tokenFile, 'utf8').trim()),
    async stop() {
      await backend.stop();
      await sidecar.stop();
      rmSync(workspace, { recursive: true, force: true });
    },
  };
}

describe('An endpoint that can be injected', () => {
  let databaseUrl: string;
  let backend: Backend;

  before(async () => {
    ensureSqlmap();
    databaseUrl = await createDatabase(postgresUrl(), 'e2e_injection', { executions: 50, messages: 200 });
    backend = await startBackend({ databaseUrl });
  });
  after(async () => backend?.stop());

  describe('asked directly', () => {
    for (const attack of attacks)
      it(`gives away what ${attack} asks for`, async () => {
        assert.equal((await asked(search(backend.url, attack))).leaks, true);
      });

    it('is found and used by sqlmap', async () => {
      const { techniques, currentUser, output } = await sqlmap(search(backend.url, 'Agent'), 'q', 120);
      assert.ok(techniques.includes('UNION query'), output);
      assert.equal(currentUser, 'outrider');
    });
  });

  for (const hasTap of [true, false]) {
    describe(`behind the filter, ${hasTap ? 'with' : 'without'} the tap`, () => {
      let journey: Journey;
      before(async () => {
        journey = await startJourney(databaseUrl, { hasTap, filter: { messages: { mode: 'enforce' } } });
      });
      after(async () => journey?.stop());

      for (const attack of attacks)
        it(`gives nothing to ${attack}`, async () => {
          assert.deepEqual(await asked(search(journey.proxyUrl, attack)), { status: 403, leaks: false });
        });

      for (const word of ordinaryWords)
        it(`is still searched for ${word}`, async () => {
          assert.equal((await asked(search(journey.proxyUrl, word))).status, 200);
        });

      it('passes ordinary messages of a WebSocket on, and closes it on an attack', async () => {
        const socket = new WebSocket(`${journey.proxyUrl.replace('http', 'ws')}/ws/executions/7`);
        await once(socket, 'open');
        const echoed: string[] = [];
        socket.on('message', (data) => echoed.push(String(data)));
        const prompt = JSON.stringify({ prompt: 'Explain SELECT name FROM agents; please' });
        socket.send(prompt);
        await eventually('the echo', () => echoed.includes(prompt));
        const closed = once(socket, 'close');
        const attack = JSON.stringify({ filter: { name: attacks[0] } });
        socket.send(attack);
        const [code, reason] = await closed;
        assert.equal(code, 1008);
        const [, reference = ''] = /^injection_refused, reference (\S+)$/.exec(String(reason)) ?? [];
        assert.ok(!echoed.includes(attack));
        const denied = await eventually('the refusal in the log', async () => {
          const events = await journey.gateway.events({ type: 'guard/denied', exchangeId: reference });
          return events
            .map(({ data }) => JSON.stringify(data))
            .find((each) => each.includes('injection-filter'));
        });
        assert.match(denied, /"place":"message","field":"filter.name"/);
      });

      const tampering = hasTap ? [] : ['space2comment', 'randomcase'];
      it(`is of no use to sqlmap${hasTap ? '' : ` with ${tampering.join(' and ')}`}`, async () => {
        const target = search(journey.proxyUrl, 'Agent');
        const { techniques, currentUser, output } = await sqlmap(target, 'q', 60, tampering);
        assert.match(output, /testing for SQL injection on GET parameter 'q'/);
        assert.deepEqual(techniques, [], output);
        assert.equal(currentUser, null);
      });
    });
  }

  describe('behind the tap alone, every rule for requests only observed', () => {
    let journey: Journey;
    before(async () => {
      const filter = { rules: { 'sql/*': 'observe' } };
      journey = await startJourney(databaseUrl, { hasTap: true, filter });
    });
    after(async () => journey?.stop());

    for (const attack of attacks)
      it(`is not asked ${attack}: the statement is refused`, async () => {
        const { status, leaks } = await asked(search(journey.proxyUrl, attack));
        assert.deepEqual({ status, leaks }, { status: 500, leaks: false });
      });

    for (const word of ordinaryWords)
      it(`is still searched for ${word}`, async () => {
        assert.equal((await asked(search(journey.proxyUrl, word))).status, 200);
      });

    it('is one finding for each rule, route and field, with request, value, statement and rule', async () => {
      const findings = await eventually('a finding for each rule', async () => {
        const raised = (await journey.gateway.findings()).filter(
          ({ rule }) => rule === 'injection-filter/reached-sql',
        );
        return raised.length > 0 && raised;
      });
      assert.equal(new Set(findings.map(({ key }) => key)).size, findings.length);
      assert.ok(findings.length < attacks.length, `${findings.length} findings`);
      const [finding] = findings;
      assert.match(finding?.title ?? '', /query q of .*\/api\/search/);
      assert.match(finding?.advice ?? '', /ILIKE '%zzz/);
      const denied = await journey.gateway.events({ type: 'guard/denied' });
      const refused = denied.filter(({ data }) => JSON.stringify(data).includes('"statement":{'));
      assert.ok(refused.length >= attacks.length, `${refused.length} statements were refused`);
      const details = finding?.details ?? assert.fail('The finding has no details.');
      const opened = await journey.gateway.post(`/api/commands/${details.command}`, details.input);
      const view = JSON.stringify(await opened.json());
      assert.match(view, /Statement refused/);
      assert.match(view, /GET \/api\/search/);
    });

    it('is of no use to sqlmap', async () => {
      const { techniques, currentUser, output } = await sqlmap(search(journey.proxyUrl, 'Agent'), 'q', 60);
      assert.match(output, /testing for SQL injection on GET parameter 'q'/);
      assert.deepEqual(techniques, [], output);
      assert.equal(currentUser, null);
    });
  });
});
