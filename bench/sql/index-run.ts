import pg from 'pg';
import {
  advise,
  type AdvisedIndex,
  type WorkloadStatement,
} from '../../plugins/slow-queries/indexes/advise.ts';
import { createApplicationDatabase } from '../../sidecar/database/database.ts';
import type { IndexQuery, IndexWorkload } from './case.ts';
import { adviceOfPeer } from './peer.ts';

/** What the advice was worth, measured by running every query without, with the person's and with our indexes. */
export interface IndexRun {
  readonly rows: readonly {
    readonly query: IndexQuery;
    readonly beforeMs: number;
    readonly oracleMs: number;
    readonly oursMs: number;
    /** Of the time the person's indexes save, the share that ours save; null for controls. */
    readonly captured: number | null;
  }[];
  readonly captured: number;
  readonly indexes: readonly AdvisedIndex[];
  /** Our indexes that no query got at least a tenth faster by. */
  readonly useless: readonly string[];
  readonly controlsAdvised: number;
  readonly bytes: number;
  readonly oracleBytes: number;
  readonly adviceMs: number;
  /** What supabase's index_advisor captures; null when it was not run. */
  readonly peerCaptured: number | null;
}

/** Quick queries are run oftener, for a pause of the machine is longer than they are. */
const runs = { least: 3, most: 12, untilMs: 120 };
/** What takes so long is no measure of the machine's pauses, and need not be run again. */
const onceAboveMs = 1500;

export async function runIndexWorkload(
  serverUrl: string,
  workload: IndexWorkload,
  progress: (line: string) => void,
): Promise<IndexRun> {
  const url = await createDatabase(serverUrl, `bench_${workload.name.replaceAll(/\W/g, '_')}_${process.pid}`);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    progress(`${workload.name}: filling …`);
    for (const statement of workload.setup) await client.query(statement);
    await client.query('VACUUM ANALYZE');
    // Compiling costs more than it saves at this size, and differs from run to run.
    await client.query('SET jit = off');
    const before = await timesOf(client, workload.queries);
    progress(`${workload.name}: asking for advice …`);
    const startedAt = performance.now();
    const database = createApplicationDatabase(url, { info: () => undefined, warn: progress });
    const advice = await advise(database, statementsOf(workload.queries, before), { budgetBytes: 2 ** 31 });
    const adviceMs = performance.now() - startedAt;
    await database.close();
    if (advice.unverified.length > 0) progress(`unverified: ${advice.unverified.join(' | ')}`);
    const oracleIndexes = [...new Set(workload.queries.flatMap(({ oracle }) => oracle))];
    const oracle = await withIndexes(client, oracleIndexes, workload.queries);
    const ours = await withIndexes(
      client,
      advice.indexes.map(({ ddl }) => ddl.replace('CONCURRENTLY ', '')),
      workload.queries,
    );
    const peerIndexes = await adviceOfPeer(client, workload.queries);
    const peer = peerIndexes && (await withIndexes(client, peerIndexes, workload.queries));
    return judged(workload, advice.indexes, { before, oracle, ours, peer, adviceMs });
  } finally {
    await client.end();
    await dropDatabase(serverUrl, url);
  }
}

interface Tried {
  readonly times: readonly number[];
  readonly bytes: number;
  /** Names of the indexes each query's plan uses. */
  readonly used: readonly (readonly string[])[];
}

async function withIndexes(
  client: pg.Client,
  indexes: readonly string[],
  queries: readonly IndexQuery[],
): Promise<Tried> {
  const existing = await indexNames(client);
  for (const ddl of indexes) await client.query(ddl);
  await client.query('VACUUM ANALYZE');
  const made = (await indexNames(client)).filter((each) => !existing.includes(each));
  const { rows } = await client.query<{ bytes: string }>(
    'SELECT coalesce(sum(pg_relation_size(name::regclass)), 0) AS bytes FROM unnest($1::text[]) name',
    [made],
  );
  const times = await timesOf(client, queries);
  const rootOf = await rootsOf(client);
  const used: string[][] = [];
  for (const { sql } of queries) {
    const plan = JSON.stringify((await client.query(`EXPLAIN (FORMAT JSON) ${sql}`)).rows);
    const read = made.filter((each) => plan.includes(`"${each.split('.').at(-1)?.replaceAll('"', '')}"`));
    used.push(read.map((each) => rootOf.get(each) ?? each));
  }
  // A partition's index goes with its parent's.
  for (const each of made) await client.query(`DROP INDEX IF EXISTS ${each}`).catch(() => undefined);
  return { times, bytes: Number(rows[0]?.bytes), used };
}

/** The index of a partitioned table by those of its partitions. */
async function rootsOf(client: pg.Client): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ part: string; root: string }>(
    `SELECT format('%I.%I', pn.nspname, p.relname) AS part, format('%I.%I', rn.nspname, r.relname) AS root
     FROM pg_inherits JOIN pg_class p ON p.oid = inhrelid JOIN pg_namespace pn ON pn.oid = p.relnamespace
     JOIN pg_class r ON r.oid = inhparent JOIN pg_namespace rn ON rn.oid = r.relnamespace WHERE p.relkind = 'i'`,
  );
  return new Map(rows.map(({ part, root }) => [part, root]));
}

async function indexNames(client: pg.Client): Promise<readonly string[]> {
  const { rows } = await client.query<{ name: string }>(
    `SELECT format('%I.%I', schemaname, indexname) AS name FROM pg_indexes WHERE schemaname NOT LIKE 'pg%'`,
  );
  return rows.map(({ name }) => name);
}

async function timesOf(client: pg.Client, queries: readonly IndexQuery[]): Promise<readonly number[]> {
  const times: number[] = [];
  for (const { sql } of queries) {
    const taken: number[] = [];
    // The first one warms the cache.
    const beganAt = performance.now();
    await client.query(sql);
    const firstMs = performance.now() - beganAt;
    if (firstMs > onceAboveMs) {
      times.push(firstMs);
      continue;
    }
    const isEnough = (): boolean =>
      taken.length >= runs.most ||
      (taken.length >= runs.least && taken.reduce((sum, each) => sum + each, 0) > runs.untilMs);
    while (!isEnough()) {
      const startedAt = performance.now();
      await client.query(sql);
      taken.push(performance.now() - startedAt);
    }
    // The least is what it takes when nothing else runs.
    times.push(Math.min(...taken));
  }
  return times;
}

function statementsOf(
  queries: readonly IndexQuery[],
  times: readonly number[],
): readonly WorkloadStatement[] {
  return queries.map(({ sql }, place) => ({
    fingerprint: sql,
    calls: 10,
    totalMs: (times[place] ?? 0) * 10,
    p95Ms: times[place] ?? 0,
    samples: [{ text: sql, parameters: [] }],
    routes: [],
  }));
}

function judged(
  { queries }: IndexWorkload,
  indexes: readonly AdvisedIndex[],
  {
    before,
    oracle,
    ours,
    peer,
    adviceMs,
  }: { before: readonly number[]; oracle: Tried; ours: Tried; peer: Tried | null; adviceMs: number },
): IndexRun {
  const rows = queries.map((query, place) => {
    const [beforeMs, oracleMs, oursMs] = [
      before[place] ?? 0,
      oracle.times[place] ?? 0,
      ours.times[place] ?? 0,
    ];
    const captured =
      query.oracle.length === 0 ? null : share(beforeMs - oursMs, beforeMs - oracleMs, beforeMs);
    return { query, beforeMs, oracleMs, oursMs, peerMs: peer?.times[place] ?? beforeMs, captured };
  });
  const helped = rows.filter(({ captured }) => captured !== null);
  const saved = (pick: (row: (typeof rows)[number]) => number): number =>
    helped.reduce((sum, row) => sum + row.beforeMs - pick(row), 0);
  const useful = new Set(
    rows.flatMap(({ beforeMs, oursMs }, place) => (oursMs < beforeMs * 0.9 ? (ours.used[place] ?? []) : [])),
  );
  const fullName = ({ definition, name }: AdvisedIndex): string => `${definition.schema}.${name}`;
  const controls = new Set(queries.filter(({ oracle: best }) => best.length === 0).map(({ sql }) => sql));
  return {
    rows,
    captured: saved(({ oursMs }) => oursMs) / saved(({ oracleMs }) => oracleMs),
    peerCaptured: peer && saved(({ peerMs }) => peerMs) / saved(({ oracleMs }) => oracleMs),
    indexes,
    useless: indexes
      .map(fullName)
      .filter((name) => ![...useful].some((each) => each.replaceAll('"', '') === name)),
    controlsAdvised: indexes.filter(({ serves }) =>
      serves.every(({ fingerprint }) => controls.has(fingerprint)),
    ).length,
    bytes: ours.bytes,
    oracleBytes: oracle.bytes,
    adviceMs,
  };
}

/** Where the person's indexes save less than a tenth, ours need only do no harm. */
function share(savedMs: number, savedByPersonMs: number, beforeMs: number): number {
  if (savedByPersonMs > beforeMs / 10) return savedMs / savedByPersonMs;
  return savedMs > -beforeMs / 10 ? 1 : 0;
}

async function createDatabase(serverUrl: string, name: string): Promise<string> {
  await onServer(serverUrl, `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
}

async function dropDatabase(serverUrl: string, url: string): Promise<void> {
  const name = new URL(url).pathname.slice(1);
  await onServer(serverUrl, `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
}

async function onServer(serverUrl: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: serverUrl });
  await client.connect();
  await client.query(statement).finally(() => client.end());
}
