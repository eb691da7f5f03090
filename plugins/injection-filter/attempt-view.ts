import { z } from 'zod';
import {
  GuardDenied,
  HttpFinished,
  SqlFinished,
  viewCommand,
  type Command,
  type Recorded,
  type View,
} from '../../shared/index.ts';
import { attemptActions } from './attempt-actions.ts';
import { attemptOf, type Attempt } from './attempts.ts';
import type { CommandHost } from './commands.ts';
import { MatchReported, SqlReached } from './events.ts';
import { policyOf, type Policy } from './policy.ts';

const mostEvents = 200;

/** One attempt with everything known about it: request, decoded value with the match marked, rule, verdict, statements. */
export function attemptView(host: CommandHost): Command {
  return viewCommand({
    title: 'Show an attempt',
    input: z.strictObject({ exchangeId: z.string() }),
    async run({ exchangeId }) {
      const found: Recorded[] = [];
      for await (const event of host.events.read({ exchangeId, limit: mostEvents })) found.push(event);
      return viewOf(
        found,
        policyOf(host.config, host.settings.current, () => host.describedKinds()),
      );
    },
  });
}

function viewOf(found: readonly Recorded[], policy: Policy): View {
  const attempts = found.flatMap((event) => attemptOf(event) ?? []);
  const children = [
    ...attempts.flatMap((attempt) => attemptSections(attempt, policy)),
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

function attemptSections(attempt: Attempt, policy: Policy): readonly View[] {
  const { details, route, clientAddress, outcome } = attempt;
  const { text, marked } = details.value ?? { text: details.excerpt, marked: details.marked };
  const decoded = details.decodedBy.length === 0 ? '' : `, decoded from ${details.decodedBy.join(', ')}`;
  return [
    {
      kind: 'section',
      title: `${details.rule} in ${details.place} ${details.field}`,
      isOpen: true,
      children: [
        { kind: 'text', markdown: `${outcome}: ${attempt.method} ${route} from ${clientAddress}${decoded}` },
        { kind: 'code', language: 'text', text, marks: [marked] },
        ...attemptActions(attempt, policy),
      ],
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
