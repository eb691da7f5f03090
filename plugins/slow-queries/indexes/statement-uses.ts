import { parseSync } from 'libpg-query';
import type { Catalog } from './catalog.ts';
import { keyOf, noteConditions, type Parameters } from './conditions-of.ts';
import { resolve, tableNamed, type Reference, type Scope, type Source, type Use } from './scope.ts';
import { field, list, nodesBelow, text, typed, words, type Tree } from './tree.ts';
import { quoted } from '../identifiers.ts';
import type { Order } from './use.ts';

/**
 * What a statement asks of each relation, wherever it names one: joins, subqueries, CTEs, arms of a UNION. Empty for
 * what cannot be parsed. The parser must be loaded.
 */
export function usesOf(statement: string, catalog: Catalog, parameters: Parameters): readonly Use[] {
  const uses: Use[] = [];
  const root = parsed(statement);
  if (root !== undefined) new Reader(catalog, parameters, uses).query(root, null, new Map());
  return uses;
}

/** Names of the relations a statement mentions, without schemas; its own CTEs may be among them. */
export function relationNames(statement: string): readonly string[] {
  const root = parsed(statement);
  return [...new Set(nodesBelow(root, 'RangeVar').flatMap((each) => text(each, 'relname') ?? []))];
}

function parsed(statement: string): Tree {
  try {
    const tree: unknown = parseSync(statement);
    return field(list(tree, 'stmts')[0], 'stmt');
  } catch {
    // No SQL of PostgreSQL's, or cut: nothing is known of it.
    return undefined;
  }
}

type Columns = ReadonlyMap<string, Reference>;
type Named = ReadonlyMap<string, Columns>;

/** A query deeper than this is generated; what it asks further down is left out. */
const mostDepth = 40;
const subqueries = new Set(['SubLink', 'RangeSubselect', 'CommonTableExpr']);

class Reader {
  readonly #catalog: Catalog;
  readonly #parameters: Parameters;
  readonly #uses: Use[];
  #depth = 0;

  constructor(catalog: Catalog, parameters: Parameters, uses: Use[]) {
    this.#catalog = catalog;
    this.#parameters = parameters;
    this.#uses = uses;
  }

  /** Reads one query; answers which columns of which relations its own columns are. */
  query(node: Tree, outer: Scope | null, tables: Named): Columns {
    const [type, fields] = typed(node);
    if (this.#depth >= mostDepth) return new Map();
    this.#depth += 1;
    const named = this.#with(fields, outer, tables);
    const columns =
      type === 'SelectStmt' && field(fields, 'larg') !== undefined
        ? this.#union(fields, outer, named)
        : this.#simple(type, fields, outer, named);
    this.#depth -= 1;
    return columns;
  }

  #with(fields: Tree, outer: Scope | null, tables: Named): Named {
    const named = new Map(tables);
    for (const each of list(field(fields, 'withClause'), 'ctes')) {
      const cte = field(each, 'CommonTableExpr');
      named.set(text(cte, 'ctename') ?? '', this.query(field(cte, 'ctequery'), outer, named));
    }
    return named;
  }

  #union(fields: Tree, outer: Scope | null, named: Named): Columns {
    const left = this.query({ SelectStmt: field(fields, 'larg') }, outer, named);
    const right = this.query({ SelectStmt: field(fields, 'rarg') }, outer, named);
    // Both arms give rows in the wanted order, then they are merged.
    for (const columns of [left, right]) {
      const scope: Scope = {
        sources: new Map([['', { kind: 'derived', columns }]]),
        outer: null,
        tables: named,
      };
      noteOrder(list(fields, 'sortClause'), [], scope);
    }
    return left;
  }

  #simple(type: string, fields: Tree, outer: Scope | null, named: Named): Columns {
    const scope: Scope = { sources: new Map(), outer, tables: named };
    if (type === 'InsertStmt') {
      this.query(field(fields, 'selectStmt'), outer, named);
      return new Map();
    }
    const relation = field(fields, 'relation');
    if (relation !== undefined) this.#addRelation(relation, scope);
    const conditions: Tree[] = [];
    for (const each of [...list(fields, 'fromClause'), ...list(fields, 'usingClause')])
      this.#from(each, scope, conditions);
    for (const each of [...conditions, field(fields, 'whereClause')])
      if (each !== undefined) noteConditions(each, scope, this.#parameters);
    if (type === 'SelectStmt') this.#select(fields, scope);
    this.#subqueries([...conditions, fieldsWithoutFrom(fields)], scope);
    noteNeeded(fields, conditions, scope, type === 'SelectStmt');
    return columnsOf(list(fields, 'targetList'), scope);
  }

  #select(fields: Tree, scope: Scope): void {
    const targets = list(fields, 'targetList');
    const distinct = list(fields, 'distinctClause');
    noteOrder(list(fields, 'sortClause'), targets, scope);
    noteOrder(distinct.map(asSort), targets, scope);
    noteOrder(list(fields, 'groupClause').map(asSort), targets, scope);
    for (const call of nodesBelow(targets, 'FuncCall', (each) => subqueries.has(each))) noteCall(call, scope);
    for (const each of list(fields, 'windowClause')) noteWindow(field(each, 'WindowDef'), scope);
  }

  /** Subqueries in conditions and targets see this scope. */
  #subqueries(parts: readonly Tree[], scope: Scope): void {
    for (const link of nodesBelow(parts, 'SubLink', (each) => each === 'SubLink' || each === 'withClause')) {
      const columns = this.query(field(link, 'subselect'), scope, scope.tables);
      const [first] = columns.values();
      if (text(link, 'subLinkType') !== 'ANY_SUBLINK' || !first) continue;
      const { name, category, type } = first.column;
      const key = { column: name, sql: quoted(name), category, type };
      first.use.conditions.push({
        kind: 'join',
        key,
        operator: '',
        predicate: null,
        arm: null,
        other: '(outer)',
      });
    }
  }

  #from(node: Tree, scope: Scope, conditions: Tree[]): void {
    const [type, fields] = typed(node);
    if (type === 'RangeVar') this.#addRelation(fields, scope);
    if (type === 'RangeSubselect') {
      const isLateral = field(fields, 'lateral') === true;
      const columns = this.query(field(fields, 'subquery'), isLateral ? scope : scope.outer, scope.tables);
      const alias = text(field(fields, 'alias'), 'aliasname') ?? `(${scope.sources.size})`;
      scope.sources.set(alias, { kind: 'derived', columns: renamed(columns, field(fields, 'alias')) });
    }
    if (type !== 'JoinExpr') return;
    this.#from(field(fields, 'larg'), scope, conditions);
    const before = [...scope.sources.keys()];
    this.#from(field(fields, 'rarg'), scope, conditions);
    if (field(fields, 'quals') !== undefined) conditions.push(field(fields, 'quals'));
    for (const name of words(list(fields, 'usingClause')))
      conditions.push(...sharedColumn(name, before, scope));
  }

  #addRelation(fields: Tree, scope: Scope): void {
    const name = text(fields, 'relname') ?? '';
    const schema = text(fields, 'schemaname');
    const alias = text(field(fields, 'alias'), 'aliasname') ?? name;
    const common = schema === null ? scope.tables.get(name) : undefined;
    if (common) {
      scope.sources.set(alias, { kind: 'derived', columns: common });
      return;
    }
    const view = this.#catalog.views.find(
      (each) => each.name === name && (schema ?? each.schema) === each.schema,
    );
    if (view) {
      const columns = this.query(parsed(view.definition), null, new Map());
      scope.sources.set(alias, { kind: 'derived', columns });
      return;
    }
    const table = tableNamed(this.#catalog, schema, name);
    if (!table) return;
    const columns = this.#catalog.columns.filter(({ tableOid }) => tableOid === table.oid);
    const use: Use = { table, alias, columns, conditions: [], orders: [], needed: new Set() };
    this.#uses.push(use);
    scope.sources.set(alias, { kind: 'use', use });
  }
}

/** `USING (name)` says that both sides have such a column and that they are equal. */
function sharedColumn(name: string, before: readonly string[], scope: Scope): readonly Tree[] {
  const right = [...scope.sources.keys()].find((each) => !before.includes(each));
  const left = before.find((each) => resolve(scope, [each, name]) !== null);
  if (left === undefined || right === undefined) return [];
  const column = (alias: string): Tree => ({
    ColumnRef: { fields: [{ String: { sval: alias } }, { String: { sval: name } }] },
  });
  return [
    {
      A_Expr: {
        kind: 'AEXPR_OP',
        name: [{ String: { sval: '=' } }],
        lexpr: column(left),
        rexpr: column(right),
      },
    },
  ];
}

function renamed(columns: Columns, alias: Tree): Columns {
  const names = words(list(alias, 'colnames'));
  return new Map([...columns].map(([name, reference], place) => [names[place] ?? name, reference]));
}

/** The columns of a query that are plainly columns of relations, by their name there. */
function columnsOf(targets: readonly Tree[], scope: Scope): Columns {
  const found = new Map<string, Reference>();
  for (const each of targets) {
    const target = field(each, 'ResTarget');
    const [type, fields] = typed(field(target, 'val'));
    if (type !== 'ColumnRef') continue;
    const names = words(list(fields, 'fields'));
    if (isStar(fields)) {
      for (const [alias, source] of scope.sources)
        if (names.length === 0 || names.at(-1) === alias)
          for (const [name, reference] of columnsIn(source)) found.set(name, reference);
      continue;
    }
    const reference = resolve(scope, names);
    if (reference) found.set(text(target, 'name') ?? names.at(-1) ?? '', reference);
  }
  return found;
}

function columnsIn(source: Source): Columns {
  if (source.kind === 'derived') return source.columns;
  return new Map(source.use.columns.map((column) => [column.name, { use: source.use, column }]));
}

const isStar = (fields: Tree): boolean =>
  list(fields, 'fields').some((each) => field(each, 'A_Star') !== undefined);

const asSort = (node: Tree): Tree => ({ SortBy: { node } });

/** Notes an order when all of it is of one relation; its beginning when only that is. */
function noteOrder(sorts: readonly Tree[], targets: readonly Tree[], scope: Scope): void {
  const keys: { use: Use; part: Order['keys'][number] }[] = [];
  for (const each of sorts) {
    const sort = field(each, 'SortBy');
    const found = keyOf(targetMeant(field(sort, 'node'), targets), scope);
    if (!found || (keys[0] && keys[0].use !== found.use)) break;
    const nulls = text(sort, 'sortby_nulls');
    keys.push({
      use: found.use,
      part: {
        key: found.key,
        isDescending: text(sort, 'sortby_dir') === 'SORTBY_DESC',
        nulls: nulls === 'SORTBY_NULLS_FIRST' ? 'FIRST' : nulls === 'SORTBY_NULLS_LAST' ? 'LAST' : null,
      },
    });
  }
  const [first] = keys;
  if (first) first.use.orders.push({ keys: keys.map(({ part }) => part) });
}

/** `ORDER BY 2` and `ORDER BY name_of_a_target` mean what stands in the target list. */
function targetMeant(node: Tree, targets: readonly Tree[]): Tree {
  const place = field(field(field(node, 'A_Const'), 'ival'), 'ival');
  if (typeof place === 'number') return field(field(targets[place - 1], 'ResTarget'), 'val');
  const names = words(list(field(node, 'ColumnRef'), 'fields'));
  if (names.length !== 1) return node;
  const named = targets.find((each) => text(field(each, 'ResTarget'), 'name') === names[0]);
  return named === undefined ? node : field(field(named, 'ResTarget'), 'val');
}

/** min and max read one end of an index; a window reads its partitions in order. */
function noteCall(call: Tree, scope: Scope): void {
  const name = words(list(call, 'funcname')).at(-1);
  if (field(call, 'over') !== undefined) noteWindow(field(call, 'over'), scope);
  else if (name === 'min' || name === 'max') noteOrder(list(call, 'args').map(asSort), [], scope);
}

function noteWindow(window: Tree, scope: Scope): void {
  noteOrder([...list(window, 'partitionClause').map(asSort), ...list(window, 'orderClause')], [], scope);
}

/** Which columns are read, so that an index might hold them all. */
function noteNeeded(fields: Tree, conditions: readonly Tree[], scope: Scope, isRead: boolean): void {
  for (const reference of nodesBelow([fields, conditions], 'ColumnRef')) {
    const names = words(list(reference, 'fields'));
    if (isStar(reference)) {
      for (const [alias, source] of scope.sources)
        if (source.kind === 'use' && (names.length === 0 || names.at(-1) === alias)) source.use.needed = null;
      continue;
    }
    const found = resolve(scope, names);
    found?.use.needed?.add(found.column.name);
  }
  if (!isRead)
    for (const source of scope.sources.values()) if (source.kind === 'use') source.use.needed = null;
}

/** FROM and WITH were read already, in scopes of their own. */
function fieldsWithoutFrom(fields: Tree): Tree {
  if (typeof fields !== 'object' || fields === null) return fields;
  const { fromClause: _, withClause: __, ...rest } = { ...fields } as Readonly<Record<string, unknown>>;
  return rest;
}
