import { join } from 'node:path';
import pg from 'pg';
import { batchedOf } from '../../plugins/n-plus-one/batched.ts';
import { compare } from '../../plugins/n-plus-one/costs.ts';
import { ormOf } from '../../plugins/n-plus-one/orm.ts';
import type { Repetition } from '../../plugins/n-plus-one/rule.ts';
import { readTraces, type LabelledTrace } from '../../plugins/n-plus-one/testing/labelled-traces.ts';
import { scoreOf, type Score } from '../../plugins/n-plus-one/testing/score.ts';
import { createApplicationDatabase } from '../../sidecar/database/database.ts';
import { measure, type Measure } from '../measure.ts';
import { programs } from './record/programs.ts';
import { answersAlike } from './same-rows.ts';
import { madeByPrograms, schema } from './record/schema.ts';

/** The plugin's own defaults. */
const usual = { least: 5, leastWithoutParent: 12 };

type Progress = (line: string) => void;

/**
 * N+1 on the recorded traces: precision and recall on the tools that the rule was made with and on those recorded
 * after it was frozen, whether the tool is recognised, and what PostgreSQL says of the one statement that would do.
 */
export async function nPlusOneMeasures(serverUrl: string, progress: Progress): Promise<readonly Measure[]> {
  const traces = readTraces(join(import.meta.dirname, 'traces'));
  const scores = [...traces].map(([name, labelled]) => scoreOf(name, labelled, usual));
  scores.forEach((score) => tell(score, progress));
  const of = (isHeldOut: boolean): readonly LabelledTrace[] =>
    programs
      .filter((program) => (program.isHeldOut ?? false) === isHeldOut)
      .flatMap(({ name }) => traces.get(name) ?? []);
  return [
    ...precisionAndRecall(scoreOf('N+1', of(false), usual)),
    ...precisionAndRecall(scoreOf('N+1 (held-out tools)', of(true), usual)),
    recognised(scores),
    ...(await judged(serverUrl, scores, progress)),
  ];
}

function precisionAndRecall({
  name,
  precision,
  recall,
  truths,
  lookAlikes,
  expected,
  wrong,
}: Score): readonly Measure[] {
  return [
    measure({
      name: `${name}: precision`,
      value: precision,
      unit: `(${wrong} wrong; ${lookAlikes} look-alikes)`,
      goal: { valueAtLeast: 0.98 },
    }),
    measure({
      name: `${name}: recall`,
      value: recall,
      unit: `of ${expected} in ${truths} traces`,
      goal: { valueAtLeast: 0.98 },
    }),
  ];
}

function tell(
  { name, truths, lookAlikes, expected, right, wrong, verdicts }: Score,
  progress: Progress,
): void {
  progress(
    `N+1 ${name.padEnd(14)} ${right}/${expected} found in ${truths} traces, ${wrong} wrong in ${truths + lookAlikes}`,
  );
  for (const { labelled, missed, wrong: told } of verdicts) {
    for (const pattern of missed) progress(`  missed ${pattern} in ${labelled.name}`);
    for (const { kind, text } of told) progress(`  wrong ${kind} in ${labelled.name}: ${text.slice(0, 120)}`);
  }
}

/** Whose words the fix is in: statements that a program wrote by hand are nobody's style. */
function recognised(scores: readonly Score[]): Measure {
  const found = repetitionsIn(scores).filter(({ labelled }) => !labelled.name.startsWith('raw '));
  const right = found.filter(
    ({ repetition, labelled }) => ormOf(repetition.executions.first) === labelled.tool,
  );
  return measure({
    name: 'N+1: tool recognised by its SQL',
    value: right.length / found.length,
    unit: `of ${found.length}`,
    goal: { valueAtLeast: 0.98 },
  });
}

/** Whether PostgreSQL accepts the one statement, and whether it answers as the many did. */
async function judged(
  serverUrl: string,
  scores: readonly Score[],
  progress: Progress,
): Promise<readonly Measure[]> {
  const url = await databaseOf(serverUrl);
  const database = createApplicationDatabase(url, { info: () => undefined, warn: () => undefined });
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const all = repetitionsIn(scores);
  const planned: boolean[] = [];
  const alike: boolean[] = [];
  try {
    for (const { repetition, labelled } of all) {
      const batched = batchedOf(repetition.executions);
      if (!batched) continue;
      const { text, parameters } = repetition.executions.first;
      const refused = await compare(database, { text, parameters }, batched).then(() => null, String);
      planned.push(refused === null);
      const isAlike = refused === null ? await answersAlike(client, repetition, batched) : null;
      if (isAlike !== null) alike.push(isAlike);
      if (refused !== null || isAlike === false)
        progress(`  ${labelled.tool}, ${labelled.name}: ${refused ?? 'other rows'}\n    ${batched.text}`);
    }
  } finally {
    await client.end();
    await database.close();
  }
  return [
    measure({
      name: 'N+1: the one statement accepted by EXPLAIN',
      value: shareOf(planned),
      unit: `of ${planned.length} (offered for ${all.length} findings)`,
      goal: { valueAtLeast: 0.98 },
    }),
    measure({
      name: 'N+1: the one statement answers as the many',
      value: shareOf(alike),
      unit: `of ${alike.length} reads`,
      goal: { valueAtLeast: 1 },
    }),
  ];
}

const shareOf = (each: readonly boolean[]): number => each.filter(Boolean).length / each.length;

function repetitionsIn(
  scores: readonly Score[],
): readonly { readonly repetition: Repetition; readonly labelled: LabelledTrace }[] {
  return scores.flatMap(({ verdicts }) =>
    verdicts.flatMap(({ found, labelled }) =>
      found.filter(({ kind }) => kind === 'n-plus-one').map((repetition) => ({ repetition, labelled })),
    ),
  );
}

async function databaseOf(serverUrl: string): Promise<string> {
  const url = new URL(serverUrl);
  url.pathname = '/n_plus_one';
  await run(serverUrl, 'DROP DATABASE IF EXISTS n_plus_one');
  await run(serverUrl, 'CREATE DATABASE n_plus_one');
  await run(url.href, schema + madeByPrograms);
  return url.href;
}

async function run(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}
