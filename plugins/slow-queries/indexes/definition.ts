import { quoted } from '../identifiers.ts';

/** One column of an index: a column's name or an expression as SQL, and how it is ordered. */
export interface IndexKey {
  /** A column's name, unquoted; null for an expression. */
  readonly column: string | null;
  /** What stands in the DDL, quoted or in brackets as needed, without order and operator class. */
  readonly sql: string;
  readonly operatorClass?: string;
  readonly isDescending?: boolean;
  /** Only where it is not what the direction implies. */
  readonly nulls?: 'FIRST' | 'LAST';
}

export type Method = 'btree' | 'gin' | 'gist' | 'brin' | 'hash' | 'spgist';

/** An index that may be made. */
export interface IndexDefinition {
  readonly schema: string;
  readonly table: string;
  readonly method: Method;
  readonly keys: readonly IndexKey[];
  /** Unquoted names of columns that ride along. */
  readonly include: readonly string[];
  /** The condition of a partial index as SQL without qualifiers; null for all rows. */
  readonly predicate: string | null;
}

/** For HypoPG, which gives names of its own. */
export function hypotheticalStatement(index: IndexDefinition): string {
  return `CREATE INDEX ON ${bodyOf(index)}`;
}

/** `CREATE INDEX …` as it is told to a person; on a partitioned table it cannot be concurrent. */
export function createStatement(
  index: IndexDefinition,
  how: { readonly isConcurrent: boolean; readonly name?: string },
): string {
  const name = quoted(how.name ?? indexName(index));
  return `CREATE INDEX ${how.isConcurrent ? 'CONCURRENTLY ' : ''}IF NOT EXISTS ${name} ON ${bodyOf(index)};`;
}

function bodyOf({ schema, table, method, keys, include, predicate }: IndexDefinition): string {
  const using = method === 'btree' ? '' : `USING ${method} `;
  const covering = include.length === 0 ? '' : ` INCLUDE (${include.map(quoted).join(', ')})`;
  const where = predicate === null ? '' : ` WHERE ${predicate}`;
  return `${quoted(schema)}.${quoted(table)} ${using}(${keys.map(keySql).join(', ')})${covering}${where}`;
}

export function dropStatement(schema: string, name: string, isConcurrent: boolean): string {
  return `DROP INDEX ${isConcurrent ? 'CONCURRENTLY ' : ''}IF EXISTS ${quoted(schema)}.${quoted(name)};`;
}

export function keySql({ sql, operatorClass, isDescending, nulls }: IndexKey): string {
  return [sql, operatorClass, isDescending && 'DESC', nulls && `NULLS ${nulls}`].filter(Boolean).join(' ');
}

/** Equal for equal indexes, whatever they are called. */
export function identityOf(index: IndexDefinition): string {
  const { schema, table, method, keys, include, predicate } = index;
  return JSON.stringify([schema, table, method, keys.map(keySql), [...include].sort(), predicate]);
}

/** PostgreSQL's own way of naming, cut at its 63 bytes; what makes two alike different is hashed into the end. */
export function indexName({ table, keys, method, include, predicate }: IndexDefinition): string {
  const wordOf = (sql: string): string =>
    sql
      .replaceAll(/[^\w]+/g, '_')
      .replaceAll(/^_+|_+$/g, '')
      .slice(0, 24);
  const columns = keys.map(({ sql }) => wordOf(sql));
  const more = JSON.stringify([
    method,
    include,
    predicate,
    keys.map(({ operatorClass, isDescending, nulls }) => [operatorClass, isDescending, nulls]),
  ]);
  const isPlain = more === plain(keys.length);
  const tail = isPlain ? '_idx' : `_${hashOf(more)}_idx`;
  return `${table}_${columns.join('_')}`.slice(0, 63 - tail.length) + tail;
}

const plain = (keys: number): string =>
  JSON.stringify(['btree', [], null, Array.from({ length: keys }, () => [undefined, undefined, undefined])]);

/** Five letters or digits of FNV-1a. */
function hashOf(text: string): string {
  let hash = 0x811c9dc5;
  for (let place = 0; place < text.length; place += 1)
    hash = Math.imul(hash ^ text.charCodeAt(place), 0x01000193);
  return (hash >>> 0).toString(36).padStart(5, '0').slice(-5);
}

/** A value as SQL; backslashes need no care with standard_conforming_strings. */
export function literal(value: string | null): string {
  return value === null ? 'NULL' : `'${value.replaceAll("'", "''")}'`;
}
