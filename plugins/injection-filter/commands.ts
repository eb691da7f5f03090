import { z } from 'zod';
import { command, type Command, type EventLog } from '../../shared/index.ts';
import { attemptView } from './attempt-view.ts';
import { exclusion, fieldSetting, ruleMode, ruleName, type Config, type FieldSetting } from './config.ts';
import { added, mostSettings, without, type Settings, type SettingsKeeper } from './settings.ts';
import { tryRules } from './try-rules.ts';

/** What the commands work with. */
export interface CommandHost {
  readonly config: Config;
  readonly settings: SettingsKeeper;
  readonly events: EventLog;
  /** Kinds of fields as the backend's own description hints at them. */
  describedKinds(): readonly FieldSetting[];
  now(): Date;
  changed(change: string, what: string): void;
}

/** Everything a person or a script can change while it runs; each change is stored for all sidecars and kept in the log. */
export function filterCommands(host: CommandHost): Readonly<Record<string, Command>> {
  return {
    ...ruleCommands(host),
    ...sourceCommands(host),
    attempt: attemptView(host),
    'try-rules': tryRules(host),
  };
}

function ruleCommands(host: CommandHost): Record<string, Command> {
  return {
    exclude: command({
      title: 'Exclude a false positive',
      summary: 'This rule, on this route, in this field, is never refused again.',
      effect: 'change',
      input: exclusion.refine((each) => Object.keys(each).length > 0, 'Name a rule, a route or a field.'),
      run: (input) =>
        change(host, 'excluded', input, (before) => ({
          ...before,
          exclusions: added(before.exclusions, input),
        })),
    }),
    include: command({
      title: 'Take an exclusion back',
      effect: 'change',
      input: exclusion,
      run: (input) =>
        change(host, 'included', input, (before) => ({
          ...before,
          exclusions: without(before.exclusions, input),
        })),
    }),
    'set-rule': command({
      title: 'Set what a rule does',
      summary: 'A rule enforces, observes or is off; `sql/*` means all rules of a class.',
      effect: 'change',
      input: z.strictObject({ rule: ruleName, mode: ruleMode }),
      run: ({ rule, mode }) =>
        change(host, 'rule set', { rule, mode }, (before) => ({
          ...before,
          rules: { ...before.rules, [rule]: mode },
        })),
    }),
    'set-field': command({
      title: 'Say what a field is for',
      summary: 'What is an attack in an identifier is content in a prompt.',
      effect: 'change',
      input: fieldSetting,
      run: (input) =>
        change(host, 'field set', input, (before) => ({
          ...before,
          fields: [
            input,
            ...before.fields.filter(({ field, route }) => field !== input.field || route !== input.route),
          ].slice(0, mostSettings),
        })),
    }),
    'reset-rule': command({
      title: 'Let a rule do again what is configured',
      effect: 'change',
      input: z.strictObject({ rule: ruleName }),
      run: ({ rule }) =>
        change(host, 'rule reset', rule, (before) => {
          const { [rule]: _mode, ...rules } = before.rules;
          return { ...before, rules };
        }),
    }),
    'reset-field': command({
      title: 'Let a field be again for what is configured',
      effect: 'change',
      input: fieldSetting,
      run: (input) =>
        change(host, 'field reset', input, (before) => ({
          ...before,
          fields: before.fields.filter(({ field, route }) => field !== input.field || route !== input.route),
        })),
    }),
    settings: command({
      title: 'Show what was changed',
      effect: 'read',
      input: z.strictObject({}),
      run: async () => host.settings.current(),
    }),
  };
}

function sourceCommands(host: CommandHost): Record<string, Command> {
  return {
    'block-source': command({
      title: 'Block a source for a while',
      effect: 'change',
      input: z.strictObject({
        address: z.string().min(2).max(64),
        minutes: z.number().int().positive().max(10_080).default(60),
        reason: z.string().max(200).default('Blocked by hand.'),
      }),
      run: ({ address, minutes, reason }) => {
        const nowMs = host.now().getTime();
        const block = { address, reason, untilMs: nowMs + minutes * 60_000 };
        return change(host, 'source blocked', block, (before) => ({
          ...before,
          blocked: [
            block,
            ...before.blocked.filter((each) => each.address !== address && each.untilMs > nowMs),
          ].slice(0, mostSettings),
        }));
      },
    }),
    'unblock-source': command({
      title: 'Let a source in again',
      effect: 'change',
      input: z.strictObject({ address: z.string() }),
      run: ({ address }) =>
        change(host, 'source unblocked', address, (before) => ({
          ...before,
          blocked: before.blocked.filter((each) => each.address !== address),
        })),
    }),
  };
}

async function change(
  host: CommandHost,
  name: string,
  what: unknown,
  make: (before: Settings) => Settings,
): Promise<{ readonly changed: string }> {
  await host.settings.change(make);
  host.changed(name, JSON.stringify(what));
  return { changed: name };
}
