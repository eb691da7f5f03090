import type { Recorded, Row, TimelineEntry, View } from '../../shared/index.ts';
import type { Folded } from './rebuild.ts';
import type { Change, ReplayStep } from './replay.ts';

const mostCharacters = 20_000;

/** A stream: its state now, and the way it came to it. */
export function streamView(folded: Folded): View {
  return {
    kind: 'section',
    title: `${folded.stream}, version ${folded.version ?? 0}`,
    children: [
      { kind: 'columns', children: [stat('Events', folded.events), stat('Last position', folded.position)] },
      { kind: 'section', title: 'State', children: [json(folded.state)] },
      {
        kind: 'section',
        title: 'Events',
        children: [
          {
            kind: 'timeline',
            entries: folded.steps.toReversed().map((each) => entryOf(folded.stream, each)),
          },
        ],
      },
    ],
  };
}

/** A stream as it was right after one of its events. */
export function replayView(folded: Folded): View {
  const step = folded.steps.at(-1);
  return {
    kind: 'section',
    title: `${folded.stream} as it was at version ${folded.version ?? 0}`,
    children: [
      { kind: 'text', markdown: step ? `After **${step.type}**, ${step.at}.` : 'Before its first event.' },
      changesTable(step?.changes ?? []),
      json(folded.state),
    ],
  };
}

/** One event whole, and what else its exchange caused. */
export function eventView(event: Recorded, related: readonly Recorded[]): View {
  const facts: readonly (readonly [string, string | null])[] = [
    ['Position', String(event.position)],
    ['At', event.at],
    ['Stream', event.stream === null ? null : `${event.stream}, version ${event.streamVersion}`],
    ['Trace', event.traceId],
    ['Exchange', event.exchangeId],
    ['Caused by', event.causedBy === null ? null : String(event.causedBy)],
  ];
  return {
    kind: 'section',
    title: event.type,
    children: [
      {
        kind: 'table',
        columns: [{ label: 'What' }, { label: 'Value' }],
        rows: facts.flatMap(([what, value]) => (value === null ? [] : [{ key: what, cells: [what, value] }])),
      },
      json(event.data),
      ...(related.length > 1
        ? [
            {
              kind: 'section' as const,
              title: 'The same exchange',
              children: [relatedTimeline(event, related)],
            },
          ]
        : []),
    ],
  };
}

function relatedTimeline(event: Recorded, related: readonly Recorded[]): View {
  const others = related.filter(({ position }) => position !== event.position).toReversed();
  return {
    kind: 'timeline',
    entries: others.map((each) => ({
      key: each.id,
      at: each.at,
      title: each.type,
      open: { label: 'Open', command: 'event-store/open-event', input: { position: each.position } },
    })),
  };
}

function entryOf(stream: string, step: ReplayStep): TimelineEntry {
  const changed = step.changes.map(({ path }) => path || 'everything').slice(0, 8);
  return {
    key: String(step.position),
    at: step.at,
    title: `${step.version ?? ''} ${step.type}`,
    detail: changed.length === 0 ? 'changed nothing' : `changed ${changed.join(', ')}`,
    open: {
      label: 'As it was here',
      command: 'event-store/open-replay',
      input: { stream, version: step.version ?? 0 },
    },
  };
}

function changesTable(changes: readonly Change[]): Extract<View, { kind: 'table' }> {
  return {
    kind: 'table',
    title: 'What this event changed',
    columns: [{ label: 'Where' }, { label: 'Before' }, { label: 'After' }],
    rows: changes.map(({ path, before, after }): Row => ({
      key: path,
      cells: [{ text: path || '(everything)', code: true }, short(before), short(after)],
    })),
    empty: 'Nothing.',
  };
}

function stat(label: string, value: number): View {
  return { kind: 'stat', label, value: String(value) };
}

function json(value: unknown): View {
  return {
    kind: 'code',
    language: 'json',
    text: (JSON.stringify(value, null, 2) ?? 'null').slice(0, mostCharacters),
  };
}

function short(value: unknown): string {
  return value === undefined ? '' : (JSON.stringify(value) ?? '').slice(0, 200);
}
