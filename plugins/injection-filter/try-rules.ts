import { z } from 'zod';
import { viewCommand, type Action, type Command, type Row, type View } from '../../shared/index.ts';
import { attemptEvents } from './attempt-view.ts';
import type { CommandHost } from './commands.ts';
import { exclusion, fieldSetting, ruleMode, ruleName, type RuleMode } from './config.ts';
import { ValuesSampled } from './events.ts';
import { policyOf } from './policy.ts';
import { replayed, type Difference, type RuleSet } from './replay.ts';
import { added, without, type Settings } from './settings.ts';

/** Events read back, the latest first, and rows shown. */
const mostEvents = 5000;
const mostRows = 500;

const change = z.strictObject({
  rules: z.record(ruleName, ruleMode).default({}).describe('Modes of rules, e.g. sql/*: observe.'),
  exclude: exclusion.optional().describe('An exclusion to be made.'),
  include: exclusion.optional().describe('An exclusion to be taken back.'),
  field: fieldSetting.optional().describe('What a field is to be for.'),
});
type Change = z.output<typeof change>;

/** Replays a changed rule set over recorded traffic, redacted, and shows what would change before it goes live. */
export function tryRules(host: CommandHost): Command {
  return viewCommand({
    title: 'Try rules on history',
    summary: 'Shows which recorded attempts and ordinary values would be decided differently.',
    input: change,
    async run(input) {
      const now = host.settings.current();
      const then = changed(now, input);
      const [before, after] = [ruleSet(host, now), ruleSet(host, then)];
      const seen = { attempts: 0, values: 0, differences: [] as Difference[] };
      const types = [...attemptEvents, ValuesSampled.name];
      for await (const event of host.events.read({ types, limit: mostEvents, isBackward: true })) {
        const { attempts, values, differences } = replayed(event, before, after);
        seen.attempts += attempts;
        seen.values += values;
        seen.differences.push(...differences);
      }
      return viewOf(seen, input);
    },
  });
}

function changed(now: Settings, { rules, exclude, include, field }: Change): Settings {
  const exclusions = include ? without(now.exclusions, include) : now.exclusions;
  return {
    ...now,
    rules: { ...now.rules, ...rules },
    exclusions: exclude ? added(exclusions, exclude) : exclusions,
    fields: field ? [field, ...now.fields] : now.fields,
  };
}

function ruleSet(host: CommandHost, settings: Settings): RuleSet {
  const policy = policyOf(
    host.config,
    () => settings,
    () => host.describedKinds(),
  );
  return { policy, config: host.config };
}

interface Seen {
  readonly attempts: number;
  readonly values: number;
  readonly differences: readonly Difference[];
}

function viewOf({ attempts, values, differences }: Seen, input: Change): View {
  const newlyRefused = differences.filter(({ after }) => after === 'refused');
  const noMore = differences.filter(({ before }) => before === 'refused');
  return {
    kind: 'stack',
    children: [
      {
        kind: 'columns',
        children: [
          { kind: 'stat', label: 'Refused from then on', value: String(newlyRefused.length), tone: 'bad' },
          { kind: 'stat', label: 'Not refused any more', value: String(noMore.length), tone: 'warning' },
          {
            kind: 'stat',
            label: 'Looked at',
            value: String(attempts + values),
            note: `${attempts} attempts, ${values} ordinary values`,
          },
        ],
      },
      table(differences),
      { kind: 'actions', actions: liveActions(input) },
    ],
  };
}

function table(differences: readonly Difference[]): View {
  return {
    kind: 'table',
    columns: ['When', 'Rule', 'Where', 'Value', 'Now', 'Then'].map((label) => ({ label })),
    rows: differences.slice(0, mostRows).map(rowOf),
    empty: 'Nothing would change.',
  };
}

function rowOf({ key, at, rule, route, field, value, before, after }: Difference): Row {
  const tone = after === 'refused' ? 'bad' : 'warning';
  return {
    key,
    cells: [at, rule, `${route} ${field}`, { text: value, code: true }, before, { text: after, tone }],
  };
}

const modeLabels: Readonly<Record<RuleMode, (rule: string) => string>> = {
  enforce: (rule) => `Enforce ${rule}`,
  observe: (rule) => `Only observe ${rule}`,
  off: (rule) => `Turn ${rule} off`,
};

/** What was tried, put live with one click. */
function liveActions({ rules, exclude, include, field }: Change): readonly Action[] {
  return [
    ...Object.entries(rules).map(([rule, mode]) => ({
      label: modeLabels[mode](rule),
      command: 'injection-filter/set-rule',
      input: { rule, mode },
    })),
    ...(exclude ? [{ label: 'Exclude', command: 'injection-filter/exclude', input: exclude }] : []),
    ...(include
      ? [{ label: 'Take the exclusion back', command: 'injection-filter/include', input: include }]
      : []),
    ...(field
      ? [
          {
            label: `Treat ${field.field} as ${field.kind}`,
            command: 'injection-filter/set-field',
            input: field,
          },
        ]
      : []),
  ];
}
