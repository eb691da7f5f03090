import { loadModule } from 'libpg-query';
import type { Database } from '../../../shared/index.ts';
import { candidatesOf } from './candidates-of.ts';
import { readCatalog, type Catalog } from './catalog.ts';
import { createStatement, dropStatement, identityOf, indexName, type IndexDefinition } from './definition.ts';
import { sampleExpressions } from './expression-statistics.ts';
import type { Use } from './scope.ts';
import { mergedCandidates } from './merged.ts';
import { selectIndexes, type Chosen, type Weighed } from './selection.ts';
import { stablePredicates } from './stable.ts';
import { relationNames, usesOf } from './statement-uses.ts';
import { unneededIndexes, type UnneededIndex } from './unneeded.ts';
import { openWhatIf, type OfferedIndex, type Planned } from './what-if.ts';
import { upkeepOf } from './writes.ts';

/** A statement of the recorded workload: how often, how long, and with which values. */
export interface WorkloadStatement {
  readonly fingerprint: string;
  readonly calls: number;
  readonly totalMs: number;
  readonly p95Ms: number;
  /** Texts as they were sent, with their values; the latest few that differ. */
  readonly samples: readonly Planned[];
  readonly routes: readonly { readonly route: string; readonly calls: number; readonly p95Ms: number }[];
}

export interface AdvisedIndex {
  readonly definition: IndexDefinition;
  readonly name: string;
  readonly ddl: string;
  readonly undo: string;
  /** What must be there first, e.g. `CREATE EXTENSION IF NOT EXISTS pg_trgm;`. */
  readonly requires: readonly string[];
  readonly bytes: number;
  readonly serves: readonly {
    readonly fingerprint: string;
    readonly text: string;
    readonly costBefore: number;
    readonly costAfter: number;
    readonly p95BeforeMs: number;
    readonly p95ExpectedMs: number;
    readonly routes: readonly string[];
  }[];
  readonly upkeepMs: number;
}

export interface Advice {
  readonly indexes: readonly AdvisedIndex[];
  readonly unneeded: readonly UnneededIndex[];
  /** Fingerprints of statements that could not be planned without the server. */
  readonly unverified: readonly string[];
}

export interface AdviceOptions {
  readonly budgetBytes: number;
  /** An index must take this share of some statement's cost away; 0.3 when left out. */
  readonly leastShare?: number;
}

/** More candidates than this would take the planner minutes; what takes the most time comes first. */
const mostCandidates = 800;
const pageBytes = 8192;

/** Advice over a whole workload, judged by a planner with the server's schema and statistics. */
export async function advise(
  database: Pick<Database, 'query' | 'explain'>,
  workload: readonly WorkloadStatement[],
  { budgetBytes, leastShare = 0.3 }: AdviceOptions,
): Promise<Advice> {
  await loadModule();
  const ranked = [...workload].sort((a, b) => b.totalMs - a.totalMs);
  const names = new Set(ranked.flatMap(({ samples }) => samples.flatMap(({ text }) => relationNames(text))));
  const catalog = await readCatalog(database, [...names]);
  const readings = withMerged(ranked.map((statement) => reading(statement, catalog)));
  const wanted = new Map<string, IndexDefinition>();
  for (const { candidates } of readings)
    for (const each of candidates) if (wanted.size < mostCandidates) wanted.set(identityOf(each), each);
  const definitions = [...wanted.values()];
  const whatIf = await openWhatIf(catalog, definitions, (index) =>
    sampleExpressions(database, catalog, index),
  );
  try {
    const upkeepMs = upkeepOf(workload, catalog);
    const weighed = [];
    for (const each of readings) weighed.push(await weigh(each, whatIf.offered, definitions, database));
    const { chosen, unplanned } = await selectIndexes(whatIf, weighed, {
      budgetBytes,
      leastShare,
      upkeepMs,
    });
    return {
      indexes: chosen.map((each) => advised(each, ranked, catalog, upkeepMs(each.index))),
      unneeded: unneededIndexes(catalog),
      unverified: unplanned,
    };
  } finally {
    await whatIf.close();
  }
}

interface Reading {
  readonly statement: WorkloadStatement;
  readonly uses: readonly Use[];
  readonly candidates: readonly IndexDefinition[];
}

function reading(statement: WorkloadStatement, catalog: Catalog): Reading {
  const [first] = statement.samples;
  if (!first) return { statement, uses: [], candidates: [] };
  const perSample = statement.samples.map(({ text, parameters }) => usesOf(text, catalog, parameters ?? []));
  const stable = stablePredicates(perSample, catalog);
  const candidates = perSample
    .flat()
    .flatMap((use) => candidatesOf(use, catalog, (predicate) => stable.has(predicate)));
  return { statement, uses: perSample.flat(), candidates };
}

function withMerged(readings: readonly Reading[]): readonly Reading[] {
  const merged = mergedCandidates(readings.map(({ candidates }) => candidates));
  return readings.map((each, place) => ({
    ...each,
    candidates: [...each.candidates, ...(merged[place] ?? [])],
  }));
}

async function weigh(
  { statement, uses, candidates }: Reading,
  offered: readonly OfferedIndex[],
  definitions: readonly IndexDefinition[],
  database: Pick<Database, 'explain'>,
): Promise<Weighed> {
  const wanted = new Set(candidates.map(identityOf));
  const ids = offered.filter(({ id }) => {
    const definition = definitions[id];
    return definition !== undefined && wanted.has(identityOf(definition));
  });
  const [first] = statement.samples;
  const plan = first && (await database.explain(first.text, first.parameters ?? []).catch(() => null));
  return {
    id: statement.fingerprint,
    samples: statement.samples,
    totalMs: statement.totalMs,
    meanMs: statement.totalMs / Math.max(1, statement.calls),
    serverCost: statement.samples.length === 1 && plan ? plan.totalCost : null,
    candidates: ids.map(({ id }) => id),
    tables: [...new Set(uses.map(({ table }) => `${table.schema}.${table.name}`))],
  };
}

function advised(
  { index, serves }: Chosen,
  workload: readonly WorkloadStatement[],
  catalog: Catalog,
  upkeepMs: number,
): AdvisedIndex {
  const { definition, size } = index;
  const table = catalog.tables.find(
    ({ schema, name }) => schema === definition.schema && name === definition.table,
  );
  const isConcurrent = table?.kind !== 'p';
  const name = indexName(definition);
  const needsTrigram = definition.keys.some(({ operatorClass }) => operatorClass === 'gin_trgm_ops');
  const hasTrigram = catalog.extensions.some((each) => each.name === 'pg_trgm');
  return {
    definition,
    name,
    ddl: createStatement(definition, { isConcurrent }),
    undo: dropStatement(definition.schema, name, isConcurrent),
    requires: needsTrigram && !hasTrigram ? ['CREATE EXTENSION IF NOT EXISTS pg_trgm;'] : [],
    bytes: size.pages * pageBytes,
    serves: serves.flatMap(({ id, before, after }) => {
      const statement = workload.find(({ fingerprint }) => fingerprint === id);
      if (!statement) return [];
      const { fingerprint, samples, p95Ms, routes } = statement;
      return [
        {
          fingerprint,
          text: samples[0]?.text ?? '',
          costBefore: before,
          costAfter: after,
          p95BeforeMs: p95Ms,
          p95ExpectedMs: (p95Ms * after) / before,
          routes: routes.map(({ route }) => route),
        },
      ];
    }),
    upkeepMs,
  };
}
