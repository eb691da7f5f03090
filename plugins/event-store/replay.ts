import { isRecord, type Recorded } from '../../shared/index.ts';

/**
 * How the event of a type changes the state:
 * `merge`: its data is a JSON Merge Patch (RFC 7396); `replace`: its data is the state; `clear`: the state is gone;
 * `append`: its data is added to the list `items`; `count`: `counts[type]` grows by one; `ignore`: nothing.
 */
export const reducers = ['merge', 'replace', 'clear', 'append', 'count', 'ignore'] as const;
export type Reducer = (typeof reducers)[number];

/** Event type, or a prefix ending in `*`, to reducer. The longest that fits counts. */
export type Rules = Readonly<Record<string, Reducer>>;

/** The state after one event, and what that event changed in it. */
export interface ReplayStep {
  readonly position: number;
  readonly version: number | null;
  readonly at: string;
  readonly type: string;
  readonly state: unknown;
  readonly changes: readonly Change[];
}

/** One value that is different: where (JSON Pointer, RFC 6901), before and after; undefined is not there. */
export interface Change {
  readonly path: string;
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Items a state's list may hold; the first ones make room. */
const mostItems = 1000;

/** The state after one more event. Nothing is changed in place. */
export function reduced(state: unknown, event: Pick<Recorded, 'type' | 'data'>, rules: Rules): unknown {
  switch (ruleFor(event.type, rules)) {
    case 'merge':
      return merged(state, event.data);
    case 'replace':
      return event.data;
    case 'clear':
      return null;
    case 'append':
      return {
        ...objectOf(state),
        items: [...listOf(objectOf(state)['items']), event.data].slice(-mostItems),
      };
    case 'count':
      return counted(state, event.type);
    case 'ignore':
      return state;
  }
}

export function ruleFor(type: string, rules: Rules): Reducer {
  const exact = Object.hasOwn(rules, type) ? rules[type] : undefined;
  if (exact) return exact;
  const fitting = Object.keys(rules)
    .filter((each) => each.endsWith('*') && type.startsWith(each.slice(0, -1)))
    .sort((a, b) => b.length - a.length)[0];
  return (fitting === undefined ? undefined : rules[fitting]) ?? 'merge';
}

/** JSON Merge Patch, RFC 7396 §2: null removes a member, objects are merged, anything else replaces. */
export function merged(target: unknown, patch: unknown): unknown {
  if (!isRecord(patch)) return patch;
  const result = new Map(Object.entries(objectOf(target)));
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) result.delete(name);
    else result.set(name, merged(result.get(name), value));
  }
  // `fromEntries` defines own members, so a member named __proto__ is only that.
  return Object.fromEntries(result);
}

/** Every value that differs between two states, at most `most`. Lists are compared whole. */
export function changesBetween(before: unknown, after: unknown, most = 100): readonly Change[] {
  const changes: Change[] = [];
  collect('', before, after, changes, most);
  return changes;
}

function collect(path: string, before: unknown, after: unknown, changes: Change[], most: number): void {
  if (changes.length >= most || JSON.stringify(before) === JSON.stringify(after)) return;
  if (!isRecord(before) || !isRecord(after)) {
    changes.push({ path, ...(before !== undefined && { before }), ...(after !== undefined && { after }) });
    return;
  }
  const names = new Set([...Object.keys(before), ...Object.keys(after)]);
  for (const name of names) {
    const pointer = `${path}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    collect(pointer, own(before, name), own(after, name), changes, most);
  }
}

function counted(state: unknown, type: string): unknown {
  const counts = objectOf(objectOf(state)['counts']);
  const before = own(counts, type);
  return merged(state, { counts: { [type]: (typeof before === 'number' ? before : 0) + 1 } });
}

function own(object: Record<string, unknown>, name: string): unknown {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

function objectOf(value: unknown): Record<string, unknown> {
  return isRecord(value) ? value : {};
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
