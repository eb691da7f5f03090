import { startPostgres } from '../scripts/services.ts';
import { measure, type Bench, type Measure } from './measure.ts';
import { normalising } from './tap/normalising.ts';
import { nPlusOneMeasures } from './n-plus-one/n-plus-one.ts';
import { agents } from './sql/agents.ts';
import { runIndexWorkload, type IndexRun } from './sql/index-run.ts';
import type { IndexWorkload } from './sql/case.ts';
import { flows } from './sql/flows.ts';
import { freight } from './sql/freight.ts';
import { costInProcess } from './sql/in-process.ts';
import { peersNotRun } from './sql/peer.ts';
import { shop } from './sql/shop.ts';
import { tapThroughput } from './sql/throughput.ts';
import { tpch } from './sql/tpch.ts';

/**
 * N+1 on recorded traces, index advice against the indexes a person chose, measured by running, and what all plugins for
 * SQL cost the tap. `OUTRIDER_INDEX_ADVISOR_SQL` adds supabase's index_advisor on the same data; `BENCH_ONLY` takes one part:
 * `n+1`, `cost`, `tap`, or a workload's name.
 */
const bench: Bench = async ({ progress }) => {
  const only = process.env['BENCH_ONLY'];
  const server = await startPostgres();
  try {
    const parts: Readonly<Record<string, () => Promise<readonly Measure[]>>> = {
      'n+1': () => nPlusOneMeasures(server.url, progress),
      cost: async () => [await normalising(), ...(await costInProcess(progress))],
      tap: () => tapThroughput(server, progress),
      ...Object.fromEntries(
        [agents, flows, freight, shop, tpch].map((each) => [
          each.name,
          () => advised(server.url, each, progress),
        ]),
      ),
    };
    const measures: Measure[] = [];
    for (const [name, run] of Object.entries(parts))
      if (only === undefined || only === name) measures.push(...(await orFailed(name, run, progress)));
    return measures;
  } finally {
    await server.stop();
  }
};
export default bench;

/** A part that breaks is a missed goal; the others are measured all the same. */
async function orFailed(
  name: string,
  run: () => Promise<readonly Measure[]>,
  progress: (line: string) => void,
): Promise<readonly Measure[]> {
  const startedAt = performance.now();
  try {
    return await run();
  } catch (error) {
    progress(`${name} did not run to its end: ${String(error)}`);
    return [measure({ name: `${name}: ran to its end`, value: 0, unit: '', goal: { valueAtLeast: 1 } })];
  } finally {
    progress(`${name}: ${Math.round((performance.now() - startedAt) / 1000)} s`);
  }
}

async function advised(
  serverUrl: string,
  workload: IndexWorkload,
  progress: (line: string) => void,
): Promise<readonly Measure[]> {
  const run = await runIndexWorkload(serverUrl, workload, progress);
  tell(run, progress);
  return measuresOf(workload === shop ? `${workload.name} (held out)` : workload.name, run);
}

function measuresOf(name: string, run: IndexRun): readonly Measure[] {
  const captures = run.rows.flatMap(({ captured }) => captured ?? []);
  return [
    measure({
      name: `${name}: improvement captured`,
      value: run.captured,
      unit: 'of a person’s',
      ...(run.peerCaptured !== null && { peer: 'index_advisor', peerValue: run.peerCaptured }),
      goal: { valueAtLeast: 0.98 },
    }),
    measure({
      name: `${name}: least of one query`,
      value: Math.min(...captures),
      unit: 'of a person’s',
      goal: { valueAtLeast: 0.9 },
    }),
    measure({
      name: `${name}: queries at 0.9 or more`,
      value: captures.filter((each) => each >= 0.9).length,
      unit: `of ${captures.length}`,
    }),
    measure({
      name: `${name}: indexes that help nothing`,
      value: run.useless.length,
      unit: '',
      goal: { valueAtMost: 0 },
    }),
    measure({
      name: `${name}: indexes for controls`,
      value: run.controlsAdvised,
      unit: '',
      goal: { valueAtMost: 0 },
    }),
    measure({
      name: `${name}: storage`,
      value: run.bytes / 2 ** 20,
      unit: 'MiB',
      peer: 'a person’s',
      peerValue: run.oracleBytes / 2 ** 20,
      goal: { ratioAtMost: 1.2 },
    }),
    measure({ name: `${name}: advice`, value: run.adviceMs / 1000, unit: 's' }),
  ];
}

function tell(run: IndexRun, progress: (line: string) => void): void {
  for (const { query, beforeMs, oracleMs, oursMs, captured } of run.rows)
    progress(
      `${query.name.padEnd(34)} ${beforeMs.toFixed(1).padStart(8)} ms → ${oracleMs.toFixed(2).padStart(8)} (a person), ${oursMs.toFixed(2).padStart(8)} (ours) ${captured === null ? '' : captured.toFixed(3)}`,
    );
  for (const { ddl, bytes } of run.indexes)
    progress(`${(bytes / 2 ** 20).toFixed(1).padStart(7)} MiB est. ${ddl}`);
  if (run.peerCaptured === null) for (const line of peersNotRun) progress(line);
  if (run.useless.length > 0) progress(`helped nothing: ${run.useless.join(', ')}`);
}
