import type { ClientBase } from 'pg';
import type { ExplainedPlan, PostgresPlanNode } from '../../shared/index.ts';
import type { OneStatement } from './one-statement.ts';

/** The statements EXPLAIN takes that read or write rows (postgresql.org/docs/current/sql-explain.html). */
export const explainableKinds: ReadonlySet<string> = new Set([
  'SelectStmt',
  'InsertStmt',
  'UpdateStmt',
  'DeleteStmt',
  'MergeStmt',
]);

/** GENERIC_PLAN came with PostgreSQL 16. */
const genericPlanSince = 160_000;

/** Never ANALYZE: that would execute the statement. */
const options = 'FORMAT JSON, VERBOSE';

export interface Explanation extends OneStatement {
  readonly text: string;
  readonly parameters: readonly (string | null)[];
}

/**
 * Plans a statement inside the caller's transaction. With parameters it is planned for them; without, or when a
 * value does not fit its type (it was redacted or cut), for any.
 */
export async function planOf(client: ClientBase, explanation: Explanation): Promise<ExplainedPlan> {
  const { parameterCount, parameters, text } = explanation;
  if (parameterCount === 0) return explained(client, `EXPLAIN (${options}) ${text}`);
  if (parameters.length < parameterCount) return genericPlan(client, explanation);
  await client.query('SAVEPOINT with_values');
  try {
    const values = parameters.slice(0, parameterCount);
    return await explained(client, `EXPLAIN (${options}) ${text}`, values);
  } catch (error) {
    if (!isUnfitValue(error)) throw error;
    await client.query('ROLLBACK TO SAVEPOINT with_values');
    return genericPlan(client, explanation);
  }
}

async function genericPlan(
  client: ClientBase,
  { text, parameterCount }: Explanation,
): Promise<ExplainedPlan> {
  if ((await serverVersion(client)) >= genericPlanSince) {
    // Without values node-postgres speaks the simple protocol, where $1 is only allowed because of GENERIC_PLAN.
    return explained(client, `EXPLAIN (GENERIC_PLAN, ${options}) ${text}`);
  }
  await client.query('SET LOCAL plan_cache_mode = force_generic_plan');
  await client.query(`PREPARE outrider_explain AS ${text}`);
  try {
    const nulls = Array.from({ length: parameterCount }, () => 'NULL').join(', ');
    return await explained(client, `EXPLAIN (${options}) EXECUTE outrider_explain(${nulls})`);
  } finally {
    // Prepared statements outlive a rollback; in a failed transaction the connection is thrown away instead.
    await client.query('DEALLOCATE outrider_explain').catch(() => undefined);
  }
}

async function explained(
  client: ClientBase,
  text: string,
  values?: readonly (string | null)[],
): Promise<ExplainedPlan> {
  const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PostgresPlanNode }[] }>(
    values ? { text, values: [...values] } : text,
  );
  const root = rows[0]?.['QUERY PLAN'][0]?.Plan;
  if (!root) throw new Error('EXPLAIN answered without a plan.');
  const { 'Total Cost': totalCost } = root;
  return { root, totalCost: typeof totalCost === 'number' ? totalCost : 0 };
}

async function serverVersion(client: ClientBase): Promise<number> {
  const { rows } = await client.query<{ server_version_num: string }>('SHOW server_version_num');
  return Number(rows[0]?.server_version_num ?? 0);
}

/** Class 22: data exception; 42P18: no type could be told for a parameter; 42804, 42846: the wrong one. */
function isUnfitValue(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return code.startsWith('22') || code === '42P18' || code === '42804' || code === '42846';
}
