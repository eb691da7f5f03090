/** What of a statement can be found again in source code. */
export interface StatementWords {
  /** Lower case, without schema. */
  readonly tables: readonly string[];
  /** Other names, lower case: columns and aliases. */
  readonly columns: readonly string[];
  readonly verb: 'select' | 'insert' | 'update' | 'delete' | 'other';
}

const longest = 8000;
const mostColumns = 40;
const afterTable =
  /\b(?:from|join|into|update|table)\s+(?:only\s+)?((?:"[^"]+"|\w+)(?:\.(?:"[^"]+"|\w+))*)/gi;
const strings = /'(?:[^']|'')*'/g;
const names = /"([^"]+)"|\b([a-z_][a-z0-9_]*)\b/gi;

/** Reads names out of a statement; a guess by its words, not a parse. */
export function wordsOf(statement: string): StatementWords {
  return wordsIn(statement.slice(0, longest).replace(strings, ' '));
}

/** Of SQL that stands in source code, where quotes are those of its language. */
export function wordsIn(text: string): StatementWords {
  const tables = new Set<string>();
  for (const [, name = ''] of text.matchAll(afterTable)) {
    const last = name.split('.').at(-1)?.replaceAll('"', '').toLowerCase() ?? '';
    if (last !== '' && !keywords.has(last)) tables.add(last);
  }
  const columns = new Set<string>();
  for (const [, quoted, plain] of text.matchAll(names)) {
    const name = (quoted ?? plain ?? '').toLowerCase();
    if (name.length > 1 && !keywords.has(name) && !tables.has(name) && columns.size < mostColumns)
      columns.add(name);
  }
  const [verb = ''] = /\b(?:select|insert|update|delete)\b/i.exec(text) ?? [];
  return { tables: [...tables], columns: [...columns], verb: verbOf(verb.toLowerCase()) };
}

function verbOf(word: string): StatementWords['verb'] {
  return word === 'select' || word === 'insert' || word === 'update' || word === 'delete' ? word : 'other';
}

const keywords = new Set(
  `all and any array as asc between by case cast coalesce count create cross current_timestamp default delete desc distinct
   do else end exists false fetch first for from full group having ilike in inner insert into is join key last lateral left like
   limit lower max min not now null nulls offset on only or order outer over partition primary public returning right select
   set sum table then true union unnest update upper using values when where with int integer text bigint boolean uuid date
   timestamp timestamptz varchar numeric json jsonb avg conflict nothing recursive row rows update skip locked`.split(
    /\s+/,
  ),
);
