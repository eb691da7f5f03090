import type { Database } from '../../../shared/index.ts';
import type { Catalog } from './catalog.ts';
import { quoted } from '../identifiers.ts';
import { type IndexDefinition } from './definition.ts';

/** What a sample says of an index column that is an expression. Holds data values. */
export interface SampledColumn {
  /** The column of the index, from 1. */
  readonly place: number;
  readonly statistics: ExpressionStatistics;
}

export interface ExpressionStatistics {
  readonly nullShare: number;
  readonly averageWidth: number;
  readonly distinct: number;
  readonly commonValues: string | null;
  readonly commonShares: string | null;
  readonly bounds: string | null;
  /** How far rows lie in the order of the values, -1 … 1; null where it is not known. */
  readonly correlation: number | null;
}

const sampledRows = 4_000;
const mostCommon = 100;
const mostBounds = 100;

/**
 * Samples the expressions of an index on the server, in a statement that is over within 5 s: whole pages at random,
 * as ANALYZE takes them. An expression that cannot be sampled has no statistics, as on a server before ANALYZE.
 */
export async function sampleExpressions(
  database: Pick<Database, 'query'>,
  catalog: Catalog,
  index: IndexDefinition,
): Promise<readonly SampledColumn[]> {
  const table = catalog.tables.find(({ schema, name }) => schema === index.schema && name === index.table);
  if (!table || index.method !== 'btree') return [];
  const found: SampledColumn[] = [];
  for (const [place, key] of index.keys.entries()) {
    if (key.column !== null) continue;
    const values = await sampled(database, index, key.sql, table.rows).catch(() => []);
    const statistics = statisticsOf(values, table.rows);
    const correlation = values[0]?.correlation ?? null;
    if (statistics) found.push({ place: place + 1, statistics: { ...statistics, correlation } });
  }
  return found;
}

interface Counted {
  readonly value: string | null;
  readonly count: number;
}

/** Values in order with their counts, each with the correlation of them all. */
function sampled(
  database: Pick<Database, 'query'>,
  { schema, table, predicate }: IndexDefinition,
  expression: string,
  rows: number,
): Promise<readonly (Counted & { readonly correlation: number | null })[]> {
  const percent = rows <= sampledRows ? 100 : Math.max(0.01, (sampledRows * 100) / rows);
  const where = predicate === null ? '' : ` WHERE ${predicate}`;
  // Pages come in the order they lie in, and equal values count as in order, as ANALYZE takes them.
  return database.query(
    `WITH sample AS MATERIALIZED (
       SELECT ${expression} AS value, row_number() OVER () AS place
       FROM ${quoted(schema)}.${quoted(table)} TABLESAMPLE SYSTEM (${percent.toFixed(4)})${where} LIMIT ${sampledRows * 2}),
     ranked AS (SELECT place, row_number() OVER (ORDER BY value, place) AS rank FROM sample WHERE value IS NOT NULL)
     SELECT left(value::text, 500) AS value, count(*)::int AS count, (SELECT corr(place, rank) FROM ranked) AS correlation
     FROM sample GROUP BY value ORDER BY sample.value`,
  );
}

/** The figures of pg_stats from counted values in order; null without a sample. */
export function statisticsOf(
  values: readonly Counted[],
  rows: number,
): Omit<ExpressionStatistics, 'correlation'> | null {
  const total = values.reduce((sum, { count }) => sum + count, 0);
  if (total === 0) return null;
  const known = values.flatMap(({ value, count }) => (value === null ? [] : [{ value, count }]));
  const distinct = distinctOf(known, total, Math.max(rows, total));
  const common = commonOf(known, total);
  const rest = known.filter((each) => !common.includes(each));
  return {
    nullShare: 1 - known.reduce((sum, { count }) => sum + count, 0) / total,
    averageWidth: Math.ceil(
      known.reduce((sum, { value, count }) => sum + Buffer.byteLength(value) * count, 0) / total + 1,
    ),
    distinct,
    commonValues: common.length === 0 ? null : arrayText(common.map(({ value }) => value)),
    commonShares: common.length === 0 ? null : `{${common.map(({ count }) => count / total).join(',')}}`,
    bounds: rest.length < 2 ? null : arrayText(boundsOf(rest.map(({ value }) => value))),
  };
}

/** Haas and Stokes' estimator, as ANALYZE uses it (src/backend/commands/analyze.c); a share of the rows when it grows with them. */
function distinctOf(known: readonly Counted[], total: number, rows: number): number {
  const once = known.filter(({ count }) => count === 1).length;
  if (once === known.length) return -1;
  if (once === 0) return known.length;
  const estimate = (total * known.length) / (total - once + (once * total) / rows);
  return estimate > rows * 0.1 ? -estimate / rows : estimate;
}

/** Values seen clearly oftener than the average. */
function commonOf<Each extends Counted>(known: readonly Each[], total: number): readonly Each[] {
  const least = Math.max(2, (total / Math.max(1, known.length)) * 1.25);
  const all = known.length <= mostCommon && known.every(({ count }) => count > 1);
  const often = known.filter(({ count }) => all || count > least);
  return [...often].sort((a, b) => b.count - a.count).slice(0, mostCommon);
}

function boundsOf(values: readonly string[]): readonly string[] {
  const count = Math.min(mostBounds + 1, values.length);
  const places = Array.from({ length: count }, (_, each) =>
    Math.round((each * (values.length - 1)) / (count - 1)),
  );
  return places.flatMap((place) => values[place] ?? []);
}

/** An array as PostgreSQL reads it. */
function arrayText(values: readonly string[]): string {
  return `{${values.map((each) => `"${each.replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`;
}
