import type { Action, View } from '../../../shared/index.ts';
import type { ToldIndex } from './events.ts';
import type { z } from 'zod';
import type { IndexesAdvised } from './events.ts';

export type Told = z.output<typeof IndexesAdvised.schema>;

/** The advice with its evidence: what to make, for which queries, at what price, and what to drop. */
export function adviceView(told: Told): View {
  const { indexes, unneeded, statements, unverified } = told;
  const none = `Of ${statements} recorded statements none would be served better by another index.`;
  return {
    kind: 'stack',
    children: [
      { kind: 'text', markdown: indexes.length === 0 ? none : summaryOf(told) },
      ...(indexes.length === 0 ? [] : [{ kind: 'actions' as const, actions: writeActions() }]),
      ...indexes.map(indexView),
      ...(unneeded.length === 0 ? [] : [unneededView(unneeded)]),
      ...(unverified.length === 0
        ? []
        : [
            {
              kind: 'text' as const,
              markdown: `${unverified.length} statements could not be planned without the server: nothing is said about them.`,
            },
          ]),
    ],
  };
}

function summaryOf({ indexes, statements }: Told): string {
  const served = new Set(indexes.flatMap(({ serves }) => serves.map(({ fingerprint }) => fingerprint)));
  const bytes = indexes.reduce((sum, each) => sum + each.bytes, 0);
  return `${indexes.length} indexes would serve ${served.size} of ${statements} recorded statements, in about ${size(bytes)}. PostgreSQL's planner was asked with this server's own statistics.`;
}

export function writeActions(): readonly Action[] {
  return (['sql', 'alembic', 'prisma', 'knex'] as const).map((format) => ({
    label: `Write as ${format === 'sql' ? 'SQL' : format}`,
    command: 'slow-queries/apply-indexes',
    input: { format },
    confirm: 'Write a migration with these indexes? It changes nothing until you run it.',
  }));
}

function indexView(index: ToldIndex): View {
  const { ddl, undo, requires, bytes, upkeepMs, evidence, serves } = index;
  const checked =
    evidence === 'hypopg'
      ? 'The server’s own planner uses it too (HypoPG).'
      : 'Checked by the what-if planner.';
  return {
    kind: 'section',
    title: `${index.name}, about ${size(bytes)}`,
    isOpen: true,
    children: [
      { kind: 'code', language: 'sql', text: [...requires, ddl].join('\n') },
      {
        kind: 'table',
        columns: [
          { label: 'Query' },
          { label: 'Cost before', align: 'end' },
          { label: 'Cost with it', align: 'end' },
          { label: 'p95 before', align: 'end' },
          { label: 'p95 expected', align: 'end' },
          { label: 'Routes: p95 before → expected' },
        ],
        rows: serves.map((each) => ({
          key: each.fingerprint,
          cells: [
            { text: each.text.slice(0, 300), code: true },
            figure(each.costBefore, ''),
            figure(each.costAfter, ''),
            figure(each.p95BeforeMs, ' ms'),
            { ...figure(each.p95ExpectedMs, ' ms'), tone: 'good' as const },
            each.routes
              .map(
                ({ route, p95BeforeMs, p95ExpectedMs }) =>
                  `${route}: ${told(p95BeforeMs)} → ${told(p95ExpectedMs)} ms`,
              )
              .join(', '),
          ],
          open: { label: 'Open', command: 'slow-queries/open', input: { fingerprint: each.fingerprint } },
        })),
      },
      {
        kind: 'text',
        markdown: `${checked} The recorded writes would have paid about ${told(upkeepMs)} ms for it. To undo it:`,
      },
      { kind: 'code', language: 'sql', text: undo },
    ],
  };
}

function unneededView(unneeded: Told['unneeded']): View {
  return {
    kind: 'table',
    title: 'Indexes to drop',
    columns: [
      { label: 'Index' },
      { label: 'Why' },
      { label: 'Size', align: 'end' },
      { label: 'Drop it' },
      { label: 'Undo' },
    ],
    rows: unneeded.map((each) => ({
      key: `${each.schema}.${each.name}`,
      cells: [
        { text: `${each.schema}.${each.name}`, code: true },
        each.reason === 'duplicate'
          ? `${each.servedBy} serves the same`
          : each.reason === 'invalid'
            ? 'invalid: making it was never finished'
            : 'no scan since the statistics began; check replicas first',
        { text: size(each.bytes), sortBy: each.bytes },
        { text: each.ddl, code: true },
        { text: each.undo, code: true },
      ],
    })),
  };
}

const figure = (value: number, unit: string): { text: string; sortBy: number } => ({
  text: told(value) + unit,
  sortBy: value,
});

export const told = (value: number): string =>
  value >= 10 ? String(Math.round(value)) : value.toFixed(value >= 1 ? 1 : 2);

export const size = (bytes: number): string =>
  bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : `${Math.ceil(bytes / 1024)} KiB`;
