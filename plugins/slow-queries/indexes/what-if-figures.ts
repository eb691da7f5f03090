import type { Catalog, ColumnStatistics } from './catalog.ts';
import { literal } from './definition.ts';
import type { SampledColumn } from './expression-statistics.ts';
import { WhatIfFailure, type WhatIfThread } from './what-if-thread.ts';

/** Where a relation's file lies, by schema and name. */
async function fileOf(thread: WhatIfThread, schema: string, name: string): Promise<string | null> {
  const [row] = await thread.query(
    `SELECT pg_catalog.pg_relation_filepath(c.oid) AS file FROM pg_catalog.pg_class c
     JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ${literal(schema)} AND c.relname = ${literal(name)}`,
  );
  const file = row?.['file'];
  return typeof file === 'string' ? file : null;
}

interface Figures {
  readonly pages: number;
  readonly rows: number;
  readonly allVisiblePages: number;
}

/** Gives a relation the size and the figures of pg_class that it has on the server. */
export async function setFigures(
  thread: WhatIfThread,
  schema: string,
  name: string,
  figures: Figures,
): Promise<void> {
  const file = await fileOf(thread, schema, name);
  if (file !== null) await thread.resize(file, figures.pages);
  await attempted(
    thread,
    `SELECT pg_catalog.pg_restore_relation_stats('schemaname', ${literal(schema)}, 'relname', ${literal(name)},
       'relpages', ${Math.round(figures.pages)}::integer, 'reltuples', ${figures.rows}::real,
       'relallvisible', ${Math.round(figures.allVisiblePages)}::integer)`,
  );
}

export async function sizeTables(thread: WhatIfThread, { tables }: Catalog): Promise<void> {
  for (const { schema, name, pages, rows, allVisiblePages } of tables)
    await setFigures(thread, schema, name, { pages, rows, allVisiblePages });
}

export async function sizeExisting(thread: WhatIfThread, catalog: Catalog): Promise<void> {
  for (const index of catalog.indexes) {
    if (!index.isValid) continue;
    const { schema, name, pages, rows } = index;
    if (pages > 0) await setFigures(thread, schema, name, { pages, rows, allVisiblePages: 0 });
  }
}

export async function restoreStatistics(
  thread: WhatIfThread,
  statistics: readonly ColumnStatistics[],
): Promise<void> {
  for (const each of statistics) {
    const optional = [
      ['most_common_vals', each.commonValues, 'text'],
      ['most_common_freqs', each.commonShares, 'real[]'],
      ['histogram_bounds', each.bounds, 'text'],
      ['correlation', each.correlation, 'real'],
      ['most_common_elems', each.commonElements, 'text'],
      ['most_common_elem_freqs', each.commonElementShares, 'real[]'],
      ['elem_count_histogram', each.elementCounts, 'real[]'],
    ] as const;
    const more = optional.flatMap(([name, value, type]) =>
      value === null ? [] : [`'${name}', ${literal(String(value))}::${type}`],
    );
    await attempted(
      thread,
      `SELECT pg_catalog.pg_restore_attribute_stats('schemaname', ${literal(each.schema)}, 'relname', ${literal(each.table)},
         'attname', ${literal(each.column)}, 'inherited', ${each.inherited}, 'null_frac', ${each.nullShare}::real,
         'avg_width', ${each.averageWidth}::integer, 'n_distinct', ${each.distinct}::real${more.map((one) => `, ${one}`).join('')})`,
    );
  }
}

export async function restoreExpression(
  thread: WhatIfThread,
  schema: string,
  name: string,
  columns: readonly SampledColumn[],
): Promise<void> {
  for (const { place, statistics } of columns) {
    const { nullShare, averageWidth, distinct, commonValues, commonShares, bounds, correlation } = statistics;
    const more = [
      commonValues === null ? '' : `, 'most_common_vals', ${literal(commonValues)}::text`,
      commonShares === null ? '' : `, 'most_common_freqs', ${literal(commonShares)}::real[]`,
      bounds === null ? '' : `, 'histogram_bounds', ${literal(bounds)}::text`,
      correlation === null ? '' : `, 'correlation', ${correlation}::real`,
    ].join('');
    await attempted(
      thread,
      `SELECT pg_catalog.pg_restore_attribute_stats('schemaname', ${literal(schema)}, 'relname', ${literal(name)},
         'attnum', ${place}::smallint, 'inherited', false, 'null_frac', ${nullShare}::real, 'avg_width', ${averageWidth}::integer,
         'n_distinct', ${distinct}::real${more})`,
    );
  }
}

/** False when PostgreSQL refuses: what depends on it stays unverified. */
export async function attempted(thread: WhatIfThread, text: string): Promise<boolean> {
  try {
    await thread.query(text);
    return true;
  } catch (error) {
    if (error instanceof WhatIfFailure) return false;
    throw error;
  }
}
