import { z } from 'zod';
import { panel, step, type Action, type Row } from '../../shared/index.ts';
import { exclusion, fieldSetting, ruleMode } from './config.ts';
import { SettingsChanged } from './events.ts';

/** Something a person changed that still holds, and how to take it back. */
interface Change {
  readonly what: string;
  readonly detail: string;
  readonly at: string;
  /** When it ends by itself; null for never. */
  readonly untilMs: number | null;
  readonly undo: Action;
}

type Changes = Record<string, Change>;

/** Changes shown at once; the settings themselves hold as many. */
const mostChanges = 1000;

/** What people changed over the configuration: exclusions, modes, kinds of fields, blocked sources. */
export const changesPanel = panel<Changes>({
  id: 'changes',
  title: 'Changed by hand',
  dashboard: 'security',
  initial: () => ({}),
  fold: [
    step(SettingsChanged, (changes, { at, data }) => {
      const read = readers[data.change]?.(parsed(data.what), at);
      if (!read) return changes;
      delete changes[read.key];
      if (read.change && Object.keys(changes).length < mostChanges) changes[read.key] = read.change;
      return changes;
    }),
  ],
  view: (changes, moment) => ({
    kind: 'table',
    columns: [{ label: 'Since' }, { label: 'What' }, { label: 'Which' }, { label: 'Until' }],
    rows: Object.entries(changes)
      .filter(([, { untilMs }]) => untilMs === null || untilMs > moment.getTime())
      .reverse()
      .map(rowOf),
    empty: 'Everything is as configured.',
  }),
});

function rowOf([key, { what, detail, at, untilMs, undo }]: readonly [string, Change]): Row {
  const until = untilMs === null ? '' : new Date(untilMs).toISOString();
  return { key, cells: [at, what, detail, until], actions: [undo] };
}

interface ReadChange {
  readonly key: string;
  /** Null when it was taken back. */
  readonly change: Change | null;
}

const blocked = z.object({ address: z.string(), untilMs: z.number() });
const named = z.object({ rule: z.string(), mode: ruleMode });

/** By the change as `settings-changed` names it; null for what cannot be read. */
const readers: Readonly<Record<string, (what: unknown, at: string) => ReadChange | null>> = {
  excluded: (what, at) => excluded(what, at),
  included: (what) => withoutChange(excluded(what, '')),
  'rule set': (what, at) => ruleSet(what, at),
  'rule reset': (what) => ({ key: `rule ${String(what)}`, change: null }),
  'field set': (what, at) => fieldSet(what, at),
  'field reset': (what) => withoutChange(fieldSet(what, '')),
  'source blocked': (what, at) => sourceBlocked(what, at),
  'source unblocked': (what) => ({ key: `source ${String(what)}`, change: null }),
};

function withoutChange(read: ReadChange | null): ReadChange | null {
  return read && { key: read.key, change: null };
}

function excluded(what: unknown, at: string): ReadChange | null {
  const read = exclusion.safeParse(what);
  if (!read.success) return null;
  const { rule = 'any rule', route = 'any route', field = 'any field' } = read.data;
  const detail = `${rule}, ${route}, ${field}`;
  const undo = { label: 'Take back', command: 'injection-filter/include', input: read.data };
  return { key: `exclusion ${detail}`, change: { what: 'excluded', detail, at, untilMs: null, undo } };
}

function ruleSet(what: unknown, at: string): ReadChange | null {
  const read = named.safeParse(what);
  if (!read.success) return null;
  const { rule, mode } = read.data;
  const undo = { label: 'Take back', command: 'injection-filter/reset-rule', input: { rule } };
  return {
    key: `rule ${rule}`,
    change: { what: `rule set to ${mode}`, detail: rule, at, untilMs: null, undo },
  };
}

function fieldSet(what: unknown, at: string): ReadChange | null {
  const read = fieldSetting.safeParse(what);
  if (!read.success) return null;
  const { field, route, kind } = read.data;
  const detail = route === undefined ? field : `${field} of ${route}`;
  const input = { field, kind, ...(route !== undefined && { route }) };
  const undo = { label: 'Take back', command: 'injection-filter/reset-field', input };
  return { key: `field ${detail}`, change: { what: `field is ${kind}`, detail, at, untilMs: null, undo } };
}

function sourceBlocked(what: unknown, at: string): ReadChange | null {
  const read = blocked.safeParse(what);
  if (!read.success) return null;
  const { address, untilMs } = read.data;
  const undo = { label: 'Let in again', command: 'injection-filter/unblock-source', input: { address } };
  return { key: `source ${address}`, change: { what: 'source blocked', detail: address, at, untilMs, undo } };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
