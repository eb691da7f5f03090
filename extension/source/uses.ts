import { wordsIn, type StatementWords } from './statement-words.ts';

/** A place that asks the database for something, as far as its words tell. */
export interface UsePlace {
  readonly line: number;
  /** Names of tables or models, lower case for tables in SQL, as written for models. */
  readonly names: readonly string[];
  /** Names in the SQL that is written there; empty where a model is used. */
  readonly columns: readonly string[];
  readonly verb: StatementWords['verb'];
  readonly isSql: boolean;
}

/** SQL in quotes, or at the beginning of a line within longer quotes. */
const sqlStart =
  /(?:["'`(]\s*|^\s*)(?:select\s|insert\s+into\s|update\s+[\w".]+\s+set\b|delete\s+from\s|with\s+\w+\s+as\s*\()/i;
const importing = /^\s*(?:import\b|from\s+[\w.]+\s+import\b)/;
const mostSqlLines = 12;

/** Ways of the query builders to name what they ask: SQLAlchemy, Django, TypeORM, Sequelize, Prisma, Drizzle, Knex. */
const naming = [
  /\b(?:select|query|insert|update|delete|exists|aliased)\(\s*([A-Z]\w*)\b/g,
  /\b(?:session|db)\.(?:get|scalars?|merge)\(\s*([A-Z]\w*)\b/g,
  /\b([A-Z]\w*)\.(?:objects|query)\b/g,
  /\bgetRepository\(\s*["'`]?(\w+)/g,
  /\bInjectRepository\(\s*(\w+)/g,
  /\b([A-Z]\w*)\.(?:find\w*|create\w*|bulkCreate|update|upsert|destroy|count|aggregate|scope|max|min|sum|where)\(/g,
  /\b(?:prisma|db|tx|client)\.(\w+)\.(?:find\w+|create\w*|update\w*|upsert|delete\w*|count|aggregate|groupBy)\(/g,
  /\b(?:knex|db|trx|tx|database)(?:<[^>]*>)?\(\s*["'`](\w+)["'`]/g,
  /\.(?:from|into|table|selectFrom|insertInto|updateTable|deleteFrom|innerJoin|leftJoin|insert|update|delete)\(\s*["'`]?(\w+)/g,
  /\bmanager\.\w+\(\s*([A-Z]\w*)\b/g,
];

const verbs: readonly (readonly [RegExp, StatementWords['verb']])[] = [
  [/\b(?:insert\w*|create\w*|bulkCreate|bulk_create|save|add|add_all|upsert)\(/, 'insert'],
  [/\b(?:update\w*|bulk_update)\(/, 'update'],
  [/\b(?:delete\w*|destroy|remove|del)\(/, 'delete'],
  [/\b(?:select\w*|query|find\w*|get\w*|all|filter|first|count|aggregate|objects)\b/, 'select'],
];

export function usesIn(lines: readonly string[]): readonly UsePlace[] {
  const found: UsePlace[] = [];
  let sqlUntil = -1;
  lines.forEach((text, at) => {
    if (text.length > 1000 || importing.test(text)) return;
    if (at > sqlUntil && sqlStart.test(text)) {
      sqlUntil = sqlEnd(lines, at);
      const words = wordsIn(lines.slice(at, sqlUntil + 1).join('\n'));
      if (words.tables.length > 0)
        found.push({
          line: at + 1,
          names: words.tables,
          columns: words.columns,
          verb: words.verb,
          isSql: true,
        });
      return;
    }
    const names = naming.flatMap((pattern) => [...text.matchAll(pattern)].map(([, name = '']) => name));
    if (names.length > 0 && at > sqlUntil)
      found.push({ line: at + 1, names: [...new Set(names)], columns: [], verb: verbIn(text), isSql: false });
  });
  return found;
}

/** Up to the quote that closes it, an empty line, or a dozen lines. */
function sqlEnd(lines: readonly string[], start: number): number {
  for (let at = start; at < Math.min(lines.length, start + mostSqlLines); at++) {
    const text = lines[at] ?? '';
    if (at > start && (text.trim() === '' || /"""|'''|`/.test(text))) return at;
    if (/["'`]\s*[,);]/.test(text) && at === start) return at;
  }
  return Math.min(lines.length, start + mostSqlLines) - 1;
}

function verbIn(text: string): StatementWords['verb'] {
  return verbs.find(([pattern]) => pattern.test(text))?.[1] ?? 'other';
}
