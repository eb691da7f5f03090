import { parseSync } from 'libpg-query';
import { readableSql } from '../../../shared/index.ts';
import { columnIn, field } from '../conditions.ts';
import { quoted } from '../identifiers.ts';
import type { Case } from './case.ts';
import type { Diagnosis } from './diagnosis.ts';
import { countText } from './figures.ts';

/** Rows that are read and thrown away from which it is worth paging by key. */
const deepRows = 1000;
/** A reply of more rows than a person or a page can use. */
const manyRows = 10_000;

/** `OFFSET n` reads n rows and throws them away, more on every page. */
export function deepOffset({ text, parameters }: Case): readonly Diagnosis[] {
  const select = selectOf(text);
  const skipped = valueOf(field(select, 'limitOffset'), parameters);
  if (skipped === null || skipped < deepRows) return [];
  const limit = valueOf(field(select, 'limitCount'), parameters);
  return [
    {
      kind: 'deep-offset',
      title: `${countText(skipped)} rows are read and thrown away before the first one is returned`,
      evidence: `OFFSET ${skipped}${limit === null ? '' : ` LIMIT ${limit}`}`,
      advice:
        'Page by key: remember where the page before ended and begin there, with an index on the order.',
      sql: keysetPage(field(select, 'sortClause'), limit),
    },
  ];
}

/** A SELECT without LIMIT that returned very many rows. */
export function unbounded({ text, execution }: Case): readonly Diagnosis[] {
  const rows = execution?.rows ?? 0;
  const select = selectOf(text);
  if (rows < manyRows || select === undefined || field(select, 'limitCount') !== undefined) return [];
  return [
    {
      kind: 'unbounded',
      title: `${countText(rows)} rows were returned and nothing limits them`,
      evidence: `The statement has no LIMIT; PostgreSQL returned ${countText(rows)} rows.`,
      advice: 'Read a page at a time, or count and add up in the database; for an export use a cursor.',
      sql: `${readableSql(text).replace(/;\s*$/, '')}\nLIMIT 100`,
    },
  ];
}

function selectOf(text: string): unknown {
  try {
    const { stmts } = parseSync(text);
    return field(stmts?.[0]?.stmt, 'SelectStmt');
  } catch {
    // A text that was cut or is of another dialect has no parts to look at.
    return undefined;
  }
}

function valueOf(expression: unknown, parameters: readonly (string | null)[]): number | null {
  const constant = field(expression, 'A_Const');
  if (constant !== undefined) return numberOf(field(field(constant, 'ival'), 'ival'));
  const cast = field(expression, 'TypeCast');
  if (cast !== undefined) return valueOf(field(cast, 'arg'), parameters);
  const parameter = field(field(expression, 'ParamRef'), 'number');
  const value = typeof parameter === 'number' ? parameters[parameter - 1] : null;
  return value === null || value === undefined || !/^\d+$/.test(value) ? null : Number(value);
}

const numberOf = (value: unknown): number | null => (typeof value === 'number' ? value : null);

/** Null where the order is not by plain columns in one direction. */
function keysetPage(sortClause: unknown, limit: number | null): string | null {
  const sorts = (Array.isArray(sortClause) ? sortClause : []).map((each) => field(each, 'SortBy'));
  const columns = sorts.map((sort) => columnIn(field(sort, 'node')));
  const directions = new Set(sorts.map((sort) => field(sort, 'sortby_dir') === 'SORTBY_DESC'));
  const known = columns.filter((each) => each !== null);
  if (known.length === 0 || known.length < columns.length || directions.size !== 1) return null;
  const names = known.map(quoted);
  const isDescending = directions.has(true);
  const last = names.map((_, index) => `$${index + 1}`);
  const order = names.map((name) => (isDescending ? `${name} DESC` : name)).join(', ');
  return `-- $1 …: the values of the last row of the page before; the columns together must be unique
WHERE (${names.join(', ')}) ${isDescending ? '<' : '>'} (${last.join(', ')})
ORDER BY ${order}${limit === null ? '' : ` LIMIT ${limit}`}`;
}
