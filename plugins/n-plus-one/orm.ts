import { withoutComments } from './slots.ts';
import type { StatementSeen } from './trace.ts';

/** Who wrote a statement. */
export type Orm =
  | 'Prisma'
  | 'TypeORM'
  | 'Sequelize'
  | 'SQLAlchemy'
  | 'Django'
  | 'Active Record'
  | 'Peewee'
  | 'Drizzle'
  // Both write the very same SQL.
  | 'Knex or Kysely'
  | 'plain SQL';

/** The first that fits decides: what only one tool writes stands before what several write. */
const styles: readonly (readonly [orm: Orm, pattern: RegExp])[] = [
  ['Prisma', /"\w+"\."\w+"\."\w+"|"public"\."\w+"/],
  [
    'TypeORM',
    /"(\w+)"\."(\w+)" AS "\1_\2"|COUNT\((?:1|DISTINCT\([^)]*\))\) AS "cnt"|AS "row_exists"|INSERT INTO "\w+"\("/,
  ],
  ['Peewee', /(?:FROM|JOIN) "\w+" AS "t\d+"|^(?:UPDATE|DELETE) .* WHERE \("\w+"\."\w+" = /],
  [
    'Sequelize',
    /FROM "\w+" AS "\w+"|^UPDATE "\w+" SET "\w+"=|^INSERT INTO "\w+" \("\w+"(?:,"\w+")*\) VALUES|^DELETE FROM "\w+" WHERE "\w+" = (?!\$)/,
  ],
  [
    'SQLAlchemy',
    /\b([a-z]\w*)\.(\w+) AS \1_\2\b|\bAS (?:anon|count|sum|max|min)_\d+\b|\$\d+::(?:INTEGER|VARCHAR|UUID|BIGINT)\b/,
  ],
  [
    'SQLAlchemy',
    /^INSERT INTO (\w+) \([\w, ]+\) VALUES .* RETURNING \1\.\w+|^UPDATE (\w+) SET \w+=.* WHERE \2\.\w+ = |^DELETE FROM (\w+) WHERE \3\.\w+ = /,
  ],
  [
    'Active Record',
    /^SELECT "(\w+)"\.\* FROM "\1"|^SELECT 1 AS one FROM|^SELECT COUNT\(.*\) FROM "\w+" WHERE .*\$1/,
  ],
  [
    'Active Record',
    /^(?:UPDATE|DELETE) .* WHERE "\w+"\."\w+" = \$\d|^INSERT INTO "\w+" \(.*\) VALUES \(\$1.* RETURNING "\w+"$/,
  ],
  ['Django', /SELECT \(1\) AS "a"|AS "__count"|"_prefetch_related_val_|^SELECT (?:\()?"(\w+_\w+)"\."\w+"/],
  [
    'Django',
    /^(?:UPDATE|DELETE) .* WHERE "(\w+)"\."\w+" (?:=|IN)|^INSERT INTO "(\w+_\w+)" .* RETURNING "\2"\./,
  ],
  ['Peewee', /^INSERT INTO "(\w+)" .* RETURNING "\1"\./],
  ['TypeORM', /^UPDATE "\w+" SET "\w+" = \$1|^DELETE FROM "\w+" WHERE "\w+" = \$1/],
  [
    'Drizzle',
    /^(?:select|update|delete) (?!.*(?:"\w+"\.\*| join )).* where (?:\()?"\w+"\."\w+" |^insert into "\w+" .* values \(default, /,
  ],
  ['Knex or Kysely', /^(?:select .* from|update|delete from|insert into) "\w+"/],
];

/** As middleware of frameworks and ORMs names itself in sqlcommenter's tags. */
const named: readonly (readonly [orm: Orm, pattern: RegExp])[] = [
  ['Django', /django/i],
  ['SQLAlchemy', /sqlalchemy/i],
  ['TypeORM', /typeorm/i],
  ['Sequelize', /sequelize/i],
  ['Prisma', /prisma/i],
  ['Drizzle', /drizzle/i],
  ['Knex or Kysely', /knex|kysely/i],
];
const namingTags = ['db_driver', 'framework', 'db_framework', 'orm'];

/** Names the tool that wrote a statement by its tags, else by the style of its SQL. */
export function ormOf({ text, tags }: Pick<StatementSeen, 'text' | 'tags'>): Orm {
  const told = namingTags.flatMap((name) => tags?.[name] ?? []).join(' ');
  const byTag = named.find(([, pattern]) => pattern.test(told))?.[0];
  if (byTag !== undefined) return byTag;
  const plain = withoutComments(text);
  // Only SQLAlchemy breaks its lines so.
  if (/ \n(?:FROM|WHERE) [a-z]/.test(plain)) return 'SQLAlchemy';
  const sql = plain.replace(/\s+/g, ' ').replace(/;$/, '');
  return styles.find(([, pattern]) => pattern.test(sql))?.[0] ?? 'plain SQL';
}
