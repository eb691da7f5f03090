import { parseSync, scanSync } from 'libpg-query';
import { readableSql } from '../../../shared/index.ts';
import { field } from '../conditions.ts';
import { quoted } from '../identifiers.ts';

/**
 * The statement without some of its result's columns, which are given by their names in order; null where leaving them out
 * would mean something else (DISTINCT, UNION) or it cannot be said which they are. `loadParser` must have been awaited.
 */
export function narrower(
  text: string,
  allColumns: readonly string[],
  unsent: ReadonlySet<string>,
): string | null {
  const sql = readableSql(text);
  const list = selectList(sql);
  if (list === null) return null;
  const items = itemsOf(list, allColumns);
  const kept = items?.flatMap(({ text: item, name }) => (unsent.has(name) ? [] : [item]));
  if (!items || !kept || kept.length === 0 || kept.length === items.length) return null;
  const bytes = Buffer.from(sql);
  return `${bytes.subarray(0, list.start).toString()}${kept.join(', ')} ${bytes.subarray(list.end).toString()}`;
}

interface SelectList {
  /** In bytes. */
  readonly start: number;
  readonly end: number;
  readonly targets: readonly { readonly text: string; readonly star: string | null }[];
}

function selectList(sql: string): SelectList | null {
  try {
    const { stmts } = parseSync(sql);
    const select = field(stmts?.[0]?.stmt, 'SelectStmt');
    const isPlain = field(select, 'op') === 'SETOP_NONE' && field(select, 'distinctClause') === undefined;
    const targets = field(select, 'targetList');
    if (stmts?.length !== 1 || !isPlain || !Array.isArray(targets)) return null;
    const starts = targets.map((each) => Number(field(field(each, 'ResTarget'), 'location') ?? 0));
    const end = fromAfter(sql, starts.at(-1) ?? 0);
    if (end === null) return null;
    const bytes = Buffer.from(sql);
    return {
      start: starts[0] ?? 0,
      end,
      targets: targets.map((each, place) => ({
        text: bytes
          .subarray(starts[place], starts[place + 1] ?? end)
          .toString()
          .trim()
          .replace(/,$/, '')
          .trim(),
        star: starOf(field(field(each, 'ResTarget'), 'val')),
      })),
    };
  } catch {
    // A text that was cut has no parts to leave out.
    return null;
  }
}

/** The qualifier of `t.*`, empty for `*`; null for anything else. */
function starOf(value: unknown): string | null {
  const fields = field(field(value, 'ColumnRef'), 'fields');
  if (!Array.isArray(fields) || field(fields.at(-1), 'A_Star') === undefined) return null;
  const names = fields.slice(0, -1).map((each) => String(field(field(each, 'String'), 'sval')));
  return names.map((name) => `${quoted(name)}.`).join('');
}

/** Where the FROM of the select list that holds a place begins, in bytes. */
function fromAfter(sql: string, place: number): number | null {
  let depth = 0;
  for (const { start, text } of scanSync(sql).tokens) {
    if (start < place) continue;
    if (text === '(' || text === '[') depth += 1;
    else if (text === ')' || text === ']') depth -= 1;
    else if (depth === 0 && text.toLowerCase() === 'from') return start;
  }
  return null;
}

/** The list with its star written out; null where it cannot be said which columns that is. */
function itemsOf(
  { targets }: SelectList,
  allColumns: readonly string[],
): readonly { readonly text: string; readonly name: string }[] | null {
  const stars = targets.filter(({ star }) => star !== null).length;
  const inStar = allColumns.length - (targets.length - stars);
  const isTwice = new Set(allColumns).size < allColumns.length;
  if (stars > 1 || inStar < 0 || isTwice || (stars === 0 && inStar !== 0)) return null;
  let at = 0;
  return targets.flatMap(({ text, star }) => {
    const names = allColumns.slice(at, at + (star === null ? 1 : inStar));
    at += names.length;
    return names.map((name) => ({ name, text: star === null ? text : `${star}${quoted(name)}` }));
  });
}
