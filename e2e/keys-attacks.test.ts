import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { after, before, describe, it } from 'mocha';
import pg from 'pg';
import { makeSecret, writeApiKey, type ApiKeyClient } from '../shared/index.ts';
import { redisUrl } from '../scripts/services.ts';
import { openGate, type Gate } from '../sidecar/store/contract-gate.ts';
import { eventually } from './eventually.ts';
import { gatewayClient } from './gateway-client.ts';
import { startKeysSidecar, type KeysSidecar } from './keys-sidecar.ts';
import { monitorRedis, type RedisMonitor } from './redis-monitor.ts';

const randomKey = (): string =>
  writeApiKey({ prefix: 'sc', environment: 'live', secret: makeSecret((count) => randomBytes(count)) });

/** What an outsider tries on keys, on the wire, and what is left of keys afterwards. */
describe('attacks on API keys through the sidecar', () => {
  let guarded: KeysSidecar;
  let keys: ApiKeyClient;
  let made: { readonly id: string; readonly key: string };
  let redis: RedisMonitor;
  /** The way to the database. */
  let gate: Gate;

  before(async () => {
    redis = await monitorRedis(redisUrl());
    guarded = await startKeysSidecar({
      name: 'keys-attacks',
      options: { queryParameter: 'api_key', publicRoutes: ['GET /open'], failures: 10_000 },
      config: { log: { level: 'debug' } },
      redisUrl: redisUrl(),
      async databaseUrl(url) {
        gate = await openGate(new URL(url));
        return gate.url;
      },
      // Answers with what reached it, so that a test sees what a backend would believe.
      backend: (request, response) => response.end(JSON.stringify(request.rawHeaders)),
      actor: 'Grace',
    });
    ({ keys } = guarded);
    made = await keys.createApiKey({ label: 'honest', owner: 'core' });
  });
  after(async () => {
    gate?.open();
    await guarded?.stop();
    await gate?.close();
    redis?.stop();
  });

  /** One request as written, byte for byte; the status and, of a success, the fields that reached the backend. */
  async function send(
    lines: readonly string[],
  ): Promise<{ status: number; fields: readonly (readonly string[])[] }> {
    const { hostname, port } = new URL(guarded.sidecar.http ?? assert.fail('The sidecar has a proxy.'));
    const socket = connect(Number(port), hostname);
    socket.setTimeout(10_000, () => socket.destroy(new Error('No answer within 10 s.')));
    socket.write([...lines, 'Host: api', 'Connection: close', '', ''].join('\r\n'), 'latin1');
    let text = '';
    for await (const piece of socket) text += String(piece);
    const status = Number(/^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 0);
    const body = /\[.*\]/s.exec(text)?.[0];
    const flat = status === 200 && body !== undefined ? (JSON.parse(body) as string[]) : [];
    return {
      status,
      fields: flat.flatMap((name, at) => (at % 2 ? [] : [[name.toLowerCase(), flat[at + 1] ?? '']])),
    };
  }
  const forged = (fields: readonly (readonly string[])[]) =>
    fields.filter(([name = '', value]) => /^x[-_]outrider/.test(name) && /someone|\*:\*/.test(value ?? ''));

  for (const lines of [
    ['X-Outrider-Key-Id: someone', 'X-Outrider-Key-Owner: someone'],
    ['x-outrider-key-id: someone', 'X-OUTRIDER-KEY-SCOPES: someone'],
    ['X-Outrider-Key-Id:someone', 'X-Outrider-Key-Id: someone'],
    ['X-Outrider-Anything: someone'],
    ['X_Outrider_Key_Id: someone'],
  ])
    it(`lets nobody say who they are: ${lines.join(', ')}`, async () => {
      const open = await send(['GET /open HTTP/1.1', ...lines]);
      assert.deepEqual([open.status, forged(open.fields)], [200, []]);
      const known = await send(['GET /closed HTTP/1.1', `X-API-Key: ${made.key}`, ...lines]);
      assert.deepEqual([known.status, forged(known.fields)], [200, []]);
      const told = known.fields.filter(([name]) => name === 'x-outrider-key-id').map(([, value]) => value);
      assert.deepEqual(told, [made.id]);
    });

  it('lets nobody take away what the backend is told by naming it in Connection', async () => {
    const { status, fields } = await send([
      'GET /closed HTTP/1.1',
      `X-API-Key: ${made.key}`,
      'Connection: X-Outrider-Key-Id, X-API-Key',
    ]);
    if (status === 200)
      assert.ok(fields.some(([name, value]) => name === 'x-outrider-key-id' && value === made.id));
    else assert.ok(status === 400 || status === 401, String(status));
  });

  it('refuses two credentials of which a backend could believe the other', async () => {
    const other = await keys.createApiKey({ label: 'other' });
    for (const lines of [
      [`Authorization: Bearer ${made.key}`, `Authorization: Bearer ${other.key}`],
      [`Authorization: Bearer ${made.key}`, 'Authorization: Bearer nonsense'],
      [`X-API-Key: ${made.key}`, `X-API-Key: ${other.key}`],
      [`X-API-Key: ${made.key}`, `Authorization: Bearer ${other.key}`],
    ]) {
      const { status } = await send(['GET /closed HTTP/1.1', ...lines]);
      assert.ok(status === 400 || status === 401, `${status} for ${lines.map((line) => line.slice(0, 20))}`);
    }
  });

  it('leaves no key in any log line, event, file, table, message to Redis or answer of the gateway', async () => {
    const rotated = await keys.rotateApiKey(made.id);
    const revoked = await keys.createApiKey({
      label: 'leaked',
      rateLimit: { requests: 1, seconds: 60 },
      quota: { dayRequests: 1 },
    });
    // One is let through and one is not: both are counted in Redis.
    for (const _ of [1, 2]) await send(['GET /closed HTTP/1.1', `X-API-Key: ${revoked.key}`]);
    await keys.revokeApiKey(revoked.id, 'leaked');
    const wrong = randomKey();
    const all = [made.key, rotated.key, revoked.key, wrong];
    for (const key of all) await sendEverywhere(key);
    assert.equal((await send(['GET /the-last HTTP/1.1', `X-API-Key: ${rotated.key}`])).status, 200);
    const { sidecar, token, databaseUrl, workspace } = guarded;
    const gateway = gatewayClient(sidecar.gateway, token);
    await eventually('everything is recorded', async () => {
      const events = await gateway.events({ type: 'http/finished', limit: '1000' });
      return events.some(({ data }) => JSON.stringify(data).includes('/the-last'));
    });
    const answers = await Promise.all(
      ['/metrics', '/api/events?limit=1000', '/api/findings', '/api/security/api-keys', ...panels].map(
        async (path) => (await gateway.get(path)).text(),
      ),
    );
    const folder = join(workspace, '.outrider');
    const places = [
      ['the log', sidecar.log.join('\n'), '"level"'],
      ['the database', await everythingIn(databaseUrl), '/the-last'],
      ['a file', filesBelow(folder), sidecar.gateway],
      ['what Redis was told', redis.said(), revoked.id],
      ['an answer of the gateway', answers.join('\n'), '/the-last'],
      ['the spool', await spooled(folder, all), 'api-keys'],
    ] as const;
    for (const [place, text, present] of places) {
      // What is looked through is really there.
      assert.ok(text.includes(present), `${present} is not in ${place}`);
      for (const key of all)
        assert.ok(!text.includes(key.slice(12)), `a key is in ${place}: ${around(text, key.slice(12))}`);
    }
  });

  /** In every place where a key may come in, and in some where it must not. */
  async function sendEverywhere(key: string): Promise<void> {
    for (const lines of [
      [`GET /closed?api_key=${key} HTTP/1.1`],
      ['GET /closed HTTP/1.1', `X-API-Key: ${key}`],
      ['GET /closed HTTP/1.1', `Authorization: Bearer ${key}`, `Referer: http://x/?api_key=${key}`],
      ['GET /closed HTTP/1.1', `Authorization: bearer  ${key}`, `Cookie: api_key=${key}`],
    ])
      await send(lines);
  }

  /** What is written to disk while the database is away. */
  async function spooled(folder: string, all: readonly string[]): Promise<string> {
    gate.shut();
    for (const key of all) await sendEverywhere(key);
    const text = await eventually('refusals lie in the spool', () => {
      const files = filesBelow(folder);
      return files.includes('guard/denied') && files;
    });
    gate.open();
    return text;
  }
});

const panels = ['keys', 'usage', 'failures', 'rotation', 'least-privilege'].map(
  (id) => `/api/panels/api-keys/${id}`,
);

/** Every row of every table, as text. */
async function everythingIn(url: string): Promise<string> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows: tables } = await client.query<{ name: string }>(
      `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables
       WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`,
    );
    const texts: string[] = [];
    for (const { name } of tables) {
      const { rows } = await client.query<{ text: string }>(`SELECT t::text AS text FROM ${name} AS t`);
      texts.push(...rows.map(({ text }) => text));
    }
    return texts.join('\n');
  } finally {
    await client.end();
  }
}

function filesBelow(folder: string): string {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    .join('\n');
}

/** What stands before a place, with the place itself left out. */
function around(text: string, found: string): string {
  const at = text.indexOf(found);
  return at === -1 ? '' : `… ${text.slice(Math.max(0, at - 300), at)}`;
}
