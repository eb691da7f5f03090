import { withoutComments } from './slots.ts';
import type { StatementSeen } from './trace.ts';

const working = /^[\s(]*(?:with|select|insert|update|delete|merge|call|execute|values|table)\b/i;
const defining = /^\s*(?:create|alter|drop)\s+(?!temp|temporary|global|local)/i;
const fetching = /^\s*fetch\b/i;
/** Tables in which tools note what they have migrated: Django, TypeORM, Knex, Alembic, Active Record, Flyway, Prisma. */
const migrationNotes = /(?:^|[._])(?:\w*migrations?(?:_lock)?|alembic_version|flyway_schema_history)$/i;
/** Definitions in one exchange from which it is a migration and not somebody's request. */
const migrationDefinitions = 3;

/** True for statements that read or write rows of the application's tables, and succeeded. */
export function isWork(statement: StatementSeen): boolean {
  const { text, sqlstate, reads, writes } = statement;
  const plain = withoutComments(text);
  if (sqlstate !== null || !working.test(plain)) return false;
  return reads.length + writes.length > 0 ? !isAboutCatalog(statement) : callsOwnFunction(plain);
}

/** True for statements whose rows a loop may follow: reads, also of a function's rows, and fetches of a cursor. */
export function givesRows(statement: StatementSeen): boolean {
  const plain = withoutComments(statement.text);
  if (statement.sqlstate !== null || statement.rows === 0) return false;
  if (statement.writes.length > 0) return isWork(statement) && /\breturning\b/i.test(plain);
  return fetching.test(plain) || (working.test(plain) && !isAboutCatalog(statement));
}

/** True for an exchange that changes the schema: what it repeats, it repeats once in a deployment. */
export function isMigration(statements: readonly StatementSeen[]): boolean {
  let definitions = 0;
  for (const { text, writes } of statements) {
    if (writes.some((table) => migrationNotes.test(table))) return true;
    if (defining.test(withoutComments(text)) && (definitions += 1) >= migrationDefinitions) return true;
  }
  return false;
}

/** Tools ask the catalog about each table; nobody can ask less often than they do. */
function isAboutCatalog({ reads, writes }: StatementSeen): boolean {
  return (
    writes.length === 0 && reads.every((table) => /^(?:(?:pg_catalog|information_schema)\.|pg_)/i.test(table))
  );
}

/** `SELECT 1`, clocks, sequences, locks and settings ask for no row; a function of the application's own may. */
function callsOwnFunction(plain: string): boolean {
  const names = [...plain.matchAll(/([A-Za-z_][\w$]*)\s*\(/g)].map(([, name = '']) => name.toLowerCase());
  return names.some((name) => !builtIn.test(name));
}

const builtIn =
  /^(?:select|values|in|any|all|array|row|exists|cast|coalesce|nullif|greatest|least|case|and|or|not|from|as|on|over|filter|pg_\w+|set_config|current_\w+|nextval|setval|lastval|currval|now|\w*_timestamp|timeofday|age|extract|date_\w+|to_\w+|txid_\w+|version|inet_\w+|lo_\w+|random|gen_random_\w+|uuid_\w+|generate_series|unnest|json\w*|lower|upper|length|concat\w*|format_type|has_\w+_privilege|array_\w+|string_\w+|regexp_\w+|md5|sha\d+|crypt|gen_salt|digest|count|sum|min|max|avg)$/;
