import type { Executions } from './executions.ts';

/** A number, a UUID or another long opaque id, quoted or not, or a mark of a hidden value. */
const id = /^'?(?:-?\d+|[0-9a-f]{8}-[0-9a-f-]{27,}|[0-9a-f]{16,}|[0-9A-Z]{20,}|\[redacted [\w-]+\])'?$/i;

/**
 * True when the keys are words: `done`, `failed` … are more often written in the code (the tiles of a dashboard, a
 * list of permissions) than read from rows.
 */
export function isWord({ slots, keys }: Executions): boolean {
  return slots.every((each) =>
    keys.every((index) => (each[index]?.values ?? []).every((value) => value !== null && !id.test(value))),
  );
}

/**
 * `a`, `a-1`, `a-2` … until one is free: a check of uniqueness, not a loop over rows. Only the last one finds
 * nothing, and the names share a stem.
 */
export function isSearchForFreeName({ statements, slots, keys, isWrite }: Executions): boolean {
  const [index] = keys;
  if (isWrite || index === undefined || keys.length !== 1) return false;
  if ((statements.at(-1)?.rows ?? 0) > 0 || statements.slice(0, -1).some(({ rows }) => rows === 0))
    return false;
  const names = slots.map((each) => (each[index]?.values[0] ?? '').replace(/^'|'$/g, ''));
  const stem = (names[0] ?? '').replace(/[-_ ]?\d+$/, '');
  return stem.length > 1 && names.every((name) => name.startsWith(stem));
}
