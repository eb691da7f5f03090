import type { PostgresPlanNode } from '../../../shared/index.ts';
import type { Catalog } from './catalog.ts';
import { createStatement, literal, type IndexDefinition } from './definition.ts';
import type { SampledColumn } from './expression-statistics.ts';
import { sizeOf, type IndexSize } from './index-size.ts';
import { nameOf, schemaScript } from './schema-script.ts';
import { withLiterals } from './with-literals.ts';
import type { Parameters } from './conditions-of.ts';
import {
  attempted,
  restoreExpression,
  restoreStatistics,
  setFigures,
  sizeExisting,
  sizeTables,
} from './what-if-figures.ts';
import { planRoot, riskOf, usesIn, versionRisk, type IdOf } from './what-if-plan.ts';
import { startWhatIf, WhatIfFailure, type WhatIfThread } from './what-if-thread.ts';
import { cacheDirectory } from './what-if-template.ts';

/** A statement to be planned: its text and the values it ran with; null where they are not known. */
export interface Planned {
  readonly text: string;
  readonly parameters: Parameters | null;
}

/** An index the planner may be told to have. */
export interface OfferedIndex {
  readonly id: number;
  readonly definition: IndexDefinition;
  readonly size: IndexSize;
  /** As PostgreSQL writes it, without its name: equal for equal indexes. */
  readonly canonical: string;
  /** What it is called here; on a partitioned table each partition's has a name of its own. */
  readonly names: readonly string[];
}

export interface WhatIfPlan {
  readonly cost: number;
  /** Ids of the offered indexes that the plan uses. */
  readonly uses: readonly number[];
  readonly root: PostgresPlanNode;
}

/**
 * How pages are priced: as the server's settings say, by which it chooses its plans; or as if they lay in memory, which
 * is what its plans then cost where the tables do.
 */
export type Pricing = 'server' | 'memory';

/** PostgreSQL's planner over a server's schema and statistics, without its rows. */
export interface WhatIf {
  readonly offered: readonly OfferedIndex[];
  /** Plans with some of the offered indexes; null when the statement cannot be planned here. */
  plan(statement: Planned, enabled: ReadonlySet<number>, pricing?: Pricing): Promise<WhatIfPlan | null>;
  close(): Promise<void>;
}

/** Reads values of expressions on the server, for their statistics. */
export type SampleExpressions = (index: IndexDefinition) => Promise<readonly SampledColumn[]>;

/**
 * Builds the what-if database: the schema without rows, every offered index, then sizes and statistics as the server
 * has them. Indexes that PostgreSQL refuses (an expression that is not immutable, a missing operator class) are left out.
 */
export async function openWhatIf(
  catalog: Catalog,
  wanted: readonly IndexDefinition[],
  sample: SampleExpressions,
): Promise<WhatIf> {
  const thread = await startWhatIf({
    cache: cacheDirectory(),
    isCCollation: catalog.database.isCCollation,
    extensions: [...catalog.extensions.map(({ name }) => name), 'pg_trgm'],
  });
  try {
    for (const { text } of schemaScript(catalog)) await attempted(thread, text);
    await attempted(thread, 'CREATE EXTENSION IF NOT EXISTS pg_trgm SCHEMA public');
    const made = await createIndexes(thread, wanted);
    await sizeTables(thread, catalog);
    await sizeExisting(thread, catalog);
    await restoreStatistics(thread, catalog.statistics);
    const offered = await sizeOffered(thread, catalog, made, sample);
    return whatIf(thread, offered, catalog);
  } catch (error) {
    await thread.close();
    throw error;
  }
}

/**
 * Measured on PostgreSQL 15: a row of a sequential scan takes 0.07 µs where its price is 0.0125, and a page of the
 * buffers that is visited for a row or two takes one to two.
 */
const memoryCosts = 'SET seq_page_cost = 0.15; SET random_page_cost = 0.25';

function pageCosts({ settings }: Catalog): Readonly<Record<Pricing, string>> {
  const own = settings.filter(({ name }) => name === 'seq_page_cost' || name === 'random_page_cost');
  return {
    server: own.map(({ name, value }) => `SET ${name} = ${literal(value)}`).join('; '),
    memory: memoryCosts,
  };
}

function whatIf(thread: WhatIfThread, offered: readonly OfferedIndex[], catalog: Catalog): WhatIf {
  const costs = pageCosts(catalog);
  const leadOf = leadingColumns(offered, catalog);
  const idOf: IdOf = new Map(offered.flatMap(({ id, names }) => names.map((each) => [each, id])));
  let current: ReadonlySet<number> = new Set();
  let priced: Pricing = 'server';
  const price = async (pricing: Pricing): Promise<void> => {
    if (pricing !== priced) await thread.query(costs[pricing]);
    priced = pricing;
  };
  const enable = async (wanted: ReadonlySet<number>): Promise<void> => {
    const changed = offered.map(({ id }) => id).filter((id) => current.has(id) !== wanted.has(id));
    if (changed.length === 0) return;
    const [on, off] = [changed.filter((id) => wanted.has(id)), changed.filter((id) => !wanted.has(id))];
    for (const [ids, isValid] of [
      [on, true],
      [off, false],
    ] as const)
      if (ids.length > 0) await thread.query(validity(ids, isValid));
    current = new Set(wanted);
  };
  return {
    offered,
    async plan(statement, enabled, pricing = 'server') {
      await enable(enabled);
      await price(pricing);
      try {
        const [row] = await thread.query(explainText(statement));
        const root = planRoot(row?.['QUERY PLAN']);
        if (root === null) return null;
        const risk = riskOf(root, idOf) * versionRisk(root, leadOf, catalog.database.version);
        return { cost: Number(root['Total Cost']) * risk, uses: usesIn(root, idOf), root };
      } catch (error) {
        if (error instanceof WhatIfFailure) return null;
        throw error;
      }
    },
    close: () => thread.close(),
  };
}

/** The column each B-tree begins with, by the index's name; those that begin with an expression are left out. */
function leadingColumns(offered: readonly OfferedIndex[], { indexes }: Catalog): ReadonlyMap<string, string> {
  const own = offered.flatMap(({ names, definition: { method, keys } }) => {
    const column = keys[0]?.column ?? null;
    return method !== 'btree' || column === null ? [] : names.map((name) => [name, column] as const);
  });
  const existing = indexes.flatMap(({ name, method, keys: [first] }) => {
    const isColumn = method === 'btree' && /^(\w+|"[^"]+")$/.test(first ?? '');
    return isColumn && first !== undefined ? [[name, first.replaceAll('"', '')] as const] : [];
  });
  return new Map([...existing, ...own]);
}

const offeredName = (id: number): string => `outrider_offer_${id}`;

/** The planner leaves invalid indexes out, and their partitions' with them. */
function validity(ids: readonly number[], isValid: boolean): string {
  return `UPDATE pg_catalog.pg_index SET indisvalid = ${isValid} WHERE indexrelid IN (
    WITH RECURSIVE own(oid) AS (
      SELECT oid FROM pg_catalog.pg_class WHERE relname IN (${ids.map((id) => literal(offeredName(id))).join(', ')})
      UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN own ON own.oid = i.inhparent)
    SELECT oid FROM own)`;
}

function explainText({ text, parameters }: Planned): string {
  return parameters === null
    ? `EXPLAIN (GENERIC_PLAN, FORMAT JSON) ${text}`
    : `EXPLAIN (FORMAT JSON) ${withLiterals(text, parameters)}`;
}

interface Made {
  readonly id: number;
  readonly definition: IndexDefinition;
  readonly canonical: string;
}

async function createIndexes(
  thread: WhatIfThread,
  wanted: readonly IndexDefinition[],
): Promise<readonly Made[]> {
  const existing = new Set(
    (await thread.query(`SELECT ${canonicalOf('indexrelid')} AS canonical FROM pg_catalog.pg_index`)).map(
      ({ canonical }) => String(canonical),
    ),
  );
  const made: Made[] = [];
  for (const [id, definition] of wanted.entries()) {
    const name = offeredName(id);
    if (!(await attempted(thread, createStatement(definition, { isConcurrent: false, name })))) continue;
    const [row] = await thread.query(
      `SELECT ${canonicalOf('oid')} AS canonical FROM pg_catalog.pg_class WHERE relname = ${literal(name)}`,
    );
    const canonical = String(row?.['canonical']);
    // Never what exists, and each only once.
    if (existing.has(canonical)) await attempted(thread, `DROP INDEX ${schemaOf(definition)}${name}`);
    else made.push({ id, definition, canonical });
    existing.add(canonical);
  }
  if (made.length > 0)
    await thread.query(
      validity(
        made.map(({ id }) => id),
        false,
      ),
    );
  return made;
}

const schemaOf = ({ schema }: IndexDefinition): string => `"${schema.replaceAll('"', '""')}".`;

const canonicalOf = (oid: string): string =>
  `regexp_replace(pg_catalog.pg_get_indexdef(${oid}), '^CREATE (UNIQUE )?INDEX \\S+ ON (ONLY )?', '')`;

async function sizeOffered(
  thread: WhatIfThread,
  catalog: Catalog,
  made: readonly Made[],
  sample: SampleExpressions,
): Promise<readonly OfferedIndex[]> {
  const offered: OfferedIndex[] = [];
  const shares = new Map<string, number>();
  for (const { id, definition, canonical } of made) {
    const partitions = partitionsOf(catalog, definition);
    const name = nameOf({ schema: definition.schema, name: definition.table });
    const question = `EXPLAIN (FORMAT JSON) SELECT FROM ${name} WHERE ${definition.predicate ?? 'true'}`;
    const share =
      definition.predicate === null ? 1 : (shares.get(question) ?? (await shareOf(thread, name, question)));
    if (definition.predicate !== null) shares.set(question, share);
    if (definition.predicate !== null && share > mostPartialShare && !leavesOutNulls(definition)) continue;
    const sampled = definition.keys.some(({ column }) => column === null) ? await sample(definition) : [];
    let whole: IndexSize = { pages: 0, rows: 0 };
    const names: string[] = [];
    for (const { table, indexName } of await relationsOf(thread, id, partitions)) {
      const rows = Math.max(0, table.rows) * share;
      const size = sizeOf(definition, { rows, tablePages: table.pages, catalog, sampled });
      await setFigures(thread, definition.schema, indexName, { ...size, allVisiblePages: 0 });
      names.push(indexName);
      whole = { pages: whole.pages + size.pages, rows: whole.rows + size.rows };
    }
    if (sampled.length > 0) await restoreExpression(thread, definition.schema, offeredName(id), sampled);
    offered.push({ id, definition, canonical, size: whole, names: [offeredName(id), ...names] });
  }
  return offered;
}

/** A partial index of more rows than this saves too little for being of use to one condition only. */
const mostPartialShare = 0.25;

/**
 * An index in an order whose nulls would come first and be skipped one by one; whatever else a strict operator looks up
 * in it is found without them too.
 */
function leavesOutNulls({ keys, predicate }: IndexDefinition): boolean {
  const column = predicate?.match(/^("[^"]+"|\w+) IS NOT NULL$/)?.[1];
  return column !== undefined && keys[0]?.sql.includes(column) === true;
}

type PlainTable = Catalog['tables'][number];

function partitionsOf(catalog: Catalog, { schema, table }: IndexDefinition): readonly PlainTable[] {
  const own = catalog.tables.find((each) => each.schema === schema && each.name === table);
  if (!own) return [];
  if (own.kind !== 'p') return [own];
  return catalog.tables
    .filter(({ parentOid }) => parentOid === own.oid)
    .flatMap((each) => partitionsOf(catalog, { schema: each.schema, table: each.name } as IndexDefinition));
}

/** The index itself, or on a partitioned table those of its partitions. */
async function relationsOf(
  thread: WhatIfThread,
  id: number,
  tables: readonly PlainTable[],
): Promise<readonly { readonly table: PlainTable; readonly indexName: string }[]> {
  const rows = await thread.query(
    `WITH RECURSIVE own(oid) AS (SELECT oid FROM pg_catalog.pg_class WHERE relname = ${literal(offeredName(id))}
       UNION SELECT i.inhrelid FROM pg_catalog.pg_inherits i JOIN own ON own.oid = i.inhparent)
     SELECT ic.relname AS index, tc.relname AS "table" FROM own JOIN pg_catalog.pg_index i ON i.indexrelid = own.oid
     JOIN pg_catalog.pg_class ic ON ic.oid = own.oid JOIN pg_catalog.pg_class tc ON tc.oid = i.indrelid`,
  );
  return rows.flatMap((row) => {
    const table = tables.find(({ name }) => name === row['table']);
    return table ? [{ table, indexName: String(row['index']) }] : [];
  });
}

/** The share of a table's rows that a partial index will hold, asked of the planner. */
async function shareOf(thread: WhatIfThread, table: string, question: string): Promise<number> {
  const rowsOf = async (text: string): Promise<number> => {
    const [row] = await thread.query(text).catch(() => []);
    return Number(planRoot(row?.['QUERY PLAN'])?.['Plan Rows'] ?? 0);
  };
  const whole = await rowsOf(`EXPLAIN (FORMAT JSON) SELECT FROM ${table}`);
  return whole > 0 ? Math.min(1, (await rowsOf(question)) / whole) : 1;
}
