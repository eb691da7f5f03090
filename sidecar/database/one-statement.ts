import { loadModule, parseSync } from 'libpg-query';
import { OutriderError, isRecord } from '../../shared/index.ts';

/** A text that PostgreSQL's own parser says is one statement. */
export interface OneStatement {
  /** The parser's name of it: `SelectStmt`, `InsertStmt` … */
  readonly kind: string;
  /** How many parameters it has: the highest `$n` in it. */
  readonly parameterCount: number;
}

/**
 * Parses a text that must be one statement of one of the kinds: a second one behind a semicolon would be executed.
 * Rejects with `explain_refused`.
 */
export async function oneStatement(text: string, kinds: ReadonlySet<string>): Promise<OneStatement> {
  const statements = await parsed(text);
  const [first] = statements;
  const statement = isRecord(first) ? first['stmt'] : undefined;
  if (statements.length !== 1 || !isRecord(statement)) {
    throw new OutriderError('explain_refused', `It holds ${statements.length} statements.`);
  }
  const [kind = 'nothing'] = Object.keys(statement);
  if (!kinds.has(kind)) throw new OutriderError('explain_refused', `It is a ${kind}.`);
  return { kind, parameterCount: highestParameter(statement) };
}

async function parsed(text: string): Promise<readonly unknown[]> {
  await loadModule();
  try {
    const tree: unknown = parseSync(text);
    return isRecord(tree) && Array.isArray(tree['stmts']) ? tree['stmts'] : [];
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OutriderError('explain_refused', `It cannot be parsed: ${reason}.`, { cause: error });
  }
}

/** Walks the parse tree without recursion: a generated statement can nest deeper than the call stack. */
function highestParameter(root: unknown): number {
  const pending: unknown[] = [root];
  let highest = 0;
  while (pending.length > 0) {
    const node = pending.pop();
    if (Array.isArray(node)) for (const each of node) pending.push(each);
    if (!isRecord(node)) continue;
    const { ParamRef: parameter } = node;
    if (isRecord(parameter) && typeof parameter['number'] === 'number') {
      highest = Math.max(highest, parameter['number']);
    }
    for (const each of Object.values(node)) pending.push(each);
  }
  return highest;
}
