/** What a statement is and which tables it touches. */
export interface TablesTouched {
  /** The name of the parse tree's root: `SelectStmt`, `InsertStmt` …; empty when there is none. */
  readonly kind: string;
  /** `table` or `schema.table` as written, each once, in order of appearance. */
  readonly reads: readonly string[];
  readonly writes: readonly string[];
}

/** Tables named for one statement; a statement over more partitions than this is told in part. */
const tablesMax = 64;

/** Reads the tables from a parse tree of libpg-query. Names of common table expressions are not tables. */
export function tablesTouched(tree: unknown): TablesTouched {
  const root = isNode(tree) ? Object.keys(tree)[0] : undefined;
  if (!isNode(tree) || root === undefined) return { kind: '', reads: [], writes: [] };
  const found: Found = { reads: new Set(), writes: new Set(), commonNames: new Set() };
  collectCommonNames(tree, found.commonNames);
  visit(tree, found);
  return { kind: root, reads: [...found.reads], writes: [...found.writes] };
}

type Node = Readonly<Record<string, unknown>>;

interface Found {
  readonly reads: Set<string>;
  readonly writes: Set<string>;
  readonly commonNames: Set<string>;
}

/** Statements whose `relation` (or the field named) is written to. */
const written: Readonly<Record<string, string>> = {
  InsertStmt: 'relation',
  UpdateStmt: 'relation',
  DeleteStmt: 'relation',
  MergeStmt: 'relation',
  AlterTableStmt: 'relation',
  CreateStmt: 'relation',
  IndexStmt: 'relation',
  CreateTrigStmt: 'relation',
  RuleStmt: 'relation',
  RenameStmt: 'relation',
  RefreshMatViewStmt: 'relation',
  ViewStmt: 'view',
  IntoClause: 'rel',
};

function visit(value: unknown, found: Found): void {
  if (Array.isArray(value)) return value.forEach((each) => visit(each, found));
  if (!isNode(value)) return;
  for (const [name, child] of Object.entries(value)) {
    if (name === 'RangeVar') add(found.reads, child, found.commonNames);
    else if (isNode(child)) visitNode(name, child, found);
    else visit(child, found);
  }
}

function visitNode(name: string, node: Node, found: Found): void {
  const field = fieldWritten(name, node);
  for (const [key, child] of Object.entries(node)) {
    if (key === field) addWritten(child, found);
    else if (key === 'relation' && name === 'CopyStmt') add(found.reads, child, found.commonNames);
    else if (key === 'into' || key === 'intoClause') addWritten(isNode(child) ? child['rel'] : null, found);
    else if (key === 'objects' && name === 'DropStmt') addDropped(node, child, found);
    else visit(child, found);
  }
}

function fieldWritten(name: string, node: Node): string | undefined {
  if (name === 'CopyStmt') return node['is_from'] === true ? 'relation' : undefined;
  if (name === 'TruncateStmt' || name === 'LockStmt') return 'relations';
  return written[name];
}

function addWritten(target: unknown, found: Found): void {
  if (!Array.isArray(target)) return add(found.writes, target, found.commonNames);
  for (const each of target) if (isNode(each)) add(found.writes, each['RangeVar'], found.commonNames);
}

function addDropped(node: Node, objects: unknown, found: Found): void {
  if (node['removeType'] !== 'OBJECT_TABLE' || !Array.isArray(objects)) return;
  for (const each of objects) {
    const items: unknown = isNode(each) && isNode(each['List']) ? each['List']['items'] : null;
    const names = Array.isArray(items) ? items.map(stringOf) : [];
    if (found.writes.size < tablesMax && names.length > 0) found.writes.add(names.join('.'));
  }
}

function add(tables: Set<string>, rangeVar: unknown, commonNames: ReadonlySet<string>): void {
  if (!isNode(rangeVar) || typeof rangeVar['relname'] !== 'string' || tables.size >= tablesMax) return;
  const { relname, schemaname } = rangeVar;
  if (typeof schemaname === 'string') tables.add(`${schemaname}.${relname}`);
  else if (!commonNames.has(relname)) tables.add(relname);
}

function collectCommonNames(value: unknown, names: Set<string>): void {
  if (Array.isArray(value)) return value.forEach((each) => collectCommonNames(each, names));
  if (!isNode(value)) return;
  const { ctename } = value;
  if (typeof ctename === 'string') names.add(ctename);
  for (const child of Object.values(value)) collectCommonNames(child, names);
}

function stringOf(node: unknown): string {
  const text = isNode(node) && isNode(node['String']) ? node['String']['sval'] : null;
  return typeof text === 'string' ? text : '';
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
