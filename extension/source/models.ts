/** A class or constant that stands for a table. */
export interface ModelPlace {
  readonly name: string;
  /** Lower case; null where it has to be guessed from the name. */
  readonly table: string | null;
  readonly line: number;
}

/** How far below a class its table may be named. */
const nearby = 12;

const classes = /^\s*(?:export\s+)?(?:default\s+)?(?:abstract\s+)?class\s+(\w+)/;
const tableNames = [
  /__tablename__\s*(?::[^=]+)?=\s*["'](\w+)["']/,
  /\bdb_table\s*=\s*["'](?:\w+\.)?(\w+)["']/,
  /\btableName\s*:\s*["'`](\w+)["'`]/,
];
const constants = [
  /\b(\w+)\s*=\s*(?:pgTable|Table)\(\s*["'`](\w+)["'`]/,
  /\b(\w+)\s*=\s*\w+\.define\(\s*["'`](\w+)["'`]/,
];
/** TypeORM */
const entity = /^\s*@Entity\((?:\s*["'`](\w+)["'`]|.*?\bname\s*:\s*["'`](\w+)["'`])?/;
const entitySchema = /\bnew\s+EntitySchema\b/;
const prismaModel = /^\s*model\s+(\w+)\s*\{/;
const prismaMap = /@@map\(\s*(?:name:\s*)?"(\w+)"/;
const djangoModel = /^\s*class\s+(\w+)\(.*\bModel\b.*\)\s*:/;

export function modelsIn(lines: readonly string[], file: string): readonly ModelPlace[] {
  const isPrisma = file.endsWith('.prisma');
  const found: ModelPlace[] = [];
  let entityTable: string | null | undefined;
  lines.forEach((text, at) => {
    if (text.length > 500) return;
    const line = at + 1;
    const marked = entity.exec(text);
    if (marked) entityTable = (marked[1] ?? marked[2] ?? null)?.toLowerCase() ?? null;
    const constant = constants.map((each) => each.exec(text)).find(Boolean);
    if (constant) found.push({ name: constant[1] ?? '', table: (constant[2] ?? '').toLowerCase(), line });
    if (entitySchema.test(text))
      found.push({ name: nameBefore(text), table: tableBelow(lines, at, tableNames), line });
    const name = isPrisma ? prismaModel.exec(text)?.[1] : classes.exec(text)?.[1];
    if (name === undefined) return;
    const table = isPrisma
      ? tableBelow(lines, at, [prismaMap])
      : (entityTable ?? tableBelow(lines, at, tableNames));
    const isModel = isPrisma || entityTable !== undefined || table !== null || djangoModel.test(text);
    entityTable = undefined;
    if (isModel) found.push({ name, table, line });
  });
  return found;
}

const nameBefore = (text: string): string => /\b(\w+)\s*(?::[^=]+)?=/.exec(text)?.[1] ?? '';

/** The name a tool was told, before the next class begins. */
function tableBelow(lines: readonly string[], at: number, patterns: readonly RegExp[]): string | null {
  for (let below = at; below < Math.min(lines.length, at + nearby + 30); below++) {
    const text = lines[below] ?? '';
    if (below > at && (classes.test(text) || prismaModel.test(text))) return null;
    const told = patterns.map((each) => each.exec(text)?.[1]).find(Boolean);
    if (told !== undefined) return told.toLowerCase();
  }
  return null;
}

/** Whether a model without a table of its own may stand for a table: `Agent` for `agents`, `agent`, `shop_agent`, `Agent`. */
export function mayStandFor(model: Pick<ModelPlace, 'name' | 'table'>, table: string): boolean {
  if (model.table !== null) return model.table === table;
  const snake = model.name.replace(/([a-z0-9])([A-Z])/g, '$1_$2').toLowerCase();
  const names = [snake, snake.replaceAll('_', ''), pluralOf(snake)];
  return names.some((each) => table === each || table.endsWith(`_${each}`));
}

function pluralOf(word: string): string {
  if (/[^aeiou]y$/.test(word)) return `${word.slice(0, -1)}ies`;
  return /(?:s|x|ch|sh)$/.test(word) ? `${word}es` : `${word}s`;
}
