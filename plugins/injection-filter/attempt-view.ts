import { z } from 'zod';
import {
  GuardDenied,
  HttpFinished,
  SqlFinished,
  viewCommand,
  type Action,
  type Command,
  type EventLog,
  type Recorded,
  type View,
} from '../../shared/index.ts';
import { attemptOf, type Attempt } from './attempts.ts';
import { MatchReported, SqlReached } from './events.ts';

const mostEvents = 200;

/** One attempt with everything known about it: request, decoded value with the match marked, rule, verdict, statements. */
export function attemptView(events: EventLog): Command {
  return viewCommand({
    title: 'Show an attempt',
    input: z.object({ exchangeId: z.string() }),
    async run({ exchangeId }) {
      const found: Recorded[] = [];
      for await (const event of events.read({ exchangeId, limit: mostEvents })) found.push(event);
      return viewOf(found);
    },
  });
}

function viewOf(found: readonly Recorded[]): View {
  const attempts = found.flatMap((event) => attemptOf(event) ?? []);
  const children = [
    ...attempts.flatMap(attemptSections),
    ...requestSections(found),
    ...statementSections(found),
  ];
  return {
    kind: 'stack',
    children:
      children.length > 0
        ? children
        : [{ kind: 'text', markdown: 'Nothing is kept of this request any more.' }],
  };
}

function attemptSections(attempt: Attempt): readonly View[] {
  const { details, route, clientAddress, outcome } = attempt;
  const decoded = details.decodedBy.length === 0 ? '' : `, decoded from ${details.decodedBy.join(', ')}`;
  return [
    {
      kind: 'section',
      title: `${details.rule} in ${details.place} ${details.field}`,
      isOpen: true,
      children: [
        { kind: 'text', markdown: `${outcome}: ${attempt.method} ${route} from ${clientAddress}${decoded}` },
        { kind: 'code', language: 'text', text: details.excerpt, marks: [details.marked] },
        { kind: 'actions', actions: actionsOf(attempt) },
      ],
    },
  ];
}

export function actionsOf({ details, route, clientAddress }: Attempt): readonly Action[] {
  return [
    {
      label: 'Exclude',
      command: 'injection-filter/exclude',
      input: { rule: details.rule, route, field: details.field },
      confirm: `Never refuse ${details.rule} in ${details.field} of ${route} again?`,
    },
    {
      label: 'Only observe the rule',
      command: 'injection-filter/set-rule',
      input: { rule: details.rule, mode: 'observe' },
    },
    {
      label: 'Enforce the rule',
      command: 'injection-filter/set-rule',
      input: { rule: details.rule, mode: 'enforce' },
    },
    {
      label: 'Treat the field as an identifier',
      command: 'injection-filter/set-field',
      input: { field: details.field, route, kind: 'identifier' },
    },
    {
      label: 'Block the source for an hour',
      command: 'injection-filter/block-source',
      input: { address: clientAddress, minutes: 60 },
    },
  ];
}

function requestSections(found: readonly Recorded[]): readonly View[] {
  return found.flatMap((event) => {
    const data = event.type === HttpFinished.name ? HttpFinished.schema.safeParse(event.data) : null;
    if (!data?.success) return [];
    const { method, target, status, durationMs } = data.data;
    return [
      {
        kind: 'section',
        title: 'Request',
        isOpen: true,
        children: [
          {
            kind: 'code',
            language: 'http',
            text: `${method} ${target}\n${status} after ${durationMs.toFixed(1)} ms`,
          },
        ],
      },
    ];
  });
}

function statementSections(found: readonly Recorded[]): readonly View[] {
  return found.flatMap((event): View[] => {
    if (event.type === SqlReached.name) {
      const reached = SqlReached.schema.safeParse(event.data);
      if (!reached.success) return [];
      const { excerpt, marked, isRefused } = reached.data;
      return [
        {
          kind: 'section',
          title: isRefused ? 'Statement refused' : 'Statement reached',
          isOpen: true,
          children: [{ kind: 'code', language: 'sql', text: excerpt, marks: [marked] }],
        },
      ];
    }
    const data = event.type === SqlFinished.name ? SqlFinished.schema.safeParse(event.data) : null;
    return data?.success
      ? [
          {
            kind: 'section',
            title: `Statement, ${data.data.rows} rows`,
            children: [{ kind: 'code', language: 'sql', text: data.data.text.slice(0, 2000) }],
          },
        ]
      : [];
  });
}

export const attemptEvents: readonly string[] = [GuardDenied.name, MatchReported.name];
