import { z } from 'zod';
import { viewCommand, type Command, type Row } from '../../shared/index.ts';
import { attemptEvents } from './attempt-view.ts';
import { attemptOf, type Attempt } from './attempts.ts';
import type { CommandHost } from './commands.ts';
import { exclusion, ruleMode } from './config.ts';
import { policyOf, type Policy } from './policy.ts';

/** Attempts read back, the latest first. */
const mostEvents = 5000;

/** Replays a changed rule set over what was recorded, and shows what would change before it goes live. */
export function tryRules(host: CommandHost): Command {
  return viewCommand({
    title: 'Try rules on history',
    summary: 'Shows which recorded attempts would be decided differently.',
    input: z.object({
      rules: z.record(z.string(), ruleMode).default({}),
      exclusions: z.array(exclusion).default([]),
    }),
    async run(input) {
      const now = host.settings.current();
      const then = {
        ...now,
        rules: { ...now.rules, ...input.rules },
        exclusions: [...now.exclusions, ...input.exclusions],
      };
      const policies = [
        policyOf(
          host.config,
          () => now,
          () => [],
        ),
        policyOf(
          host.config,
          () => then,
          () => [],
        ),
      ] as const;
      const rows: Row[] = [];
      let count = 0;
      for await (const event of host.events.read({
        types: attemptEvents,
        limit: mostEvents,
        isBackward: true,
      })) {
        const attempt = attemptOf(event);
        if (!attempt) continue;
        count += 1;
        const row = changedRow(attempt, policies);
        if (row) rows.push(row);
      }
      return {
        kind: 'stack',
        children: [
          {
            kind: 'text',
            markdown: `${rows.length} of ${count} recorded attempts would be decided differently.`,
          },
          {
            kind: 'table',
            columns: [
              { label: 'When' },
              { label: 'Rule' },
              { label: 'Where' },
              { label: 'Value' },
              { label: 'Now' },
              { label: 'Then' },
            ],
            rows: rows.slice(0, 500),
            empty: 'Nothing would change.',
          },
        ],
      };
    },
  });
}

function changedRow(attempt: Attempt, [before, after]: readonly [Policy, Policy]): Row | null {
  const { details, route, key, at } = attempt;
  const [now, then] = [before.modeOf(details, route), after.modeOf(details, route)];
  if (now === then) return null;
  return {
    key,
    cells: [at, details.rule, `${route} ${details.field}`, { text: details.excerpt, code: true }, now, then],
  };
}
