import type { Action, View } from '../../shared/index.ts';
import type { Attempt } from './attempts.ts';
import type { Policy } from './policy.ts';

/** What can be done about one attempt: change the rules, see first what that would have changed, keep the source out. */
export function attemptActions(attempt: Attempt, policy: Policy): readonly View[] {
  const changes = changesOf(attempt, policy);
  const tries = changes.map(({ tried, label }) => ({
    label: `Try: ${label.charAt(0).toLowerCase()}${label.slice(1)}`,
    command: 'injection-filter/try-rules',
    input: tried,
  }));
  const live = [...changes.map(({ tried: _tried, ...action }) => action), blockOf(attempt)];
  return [
    { kind: 'actions', actions: live },
    ...(tries.length > 0
      ? [
          { kind: 'text', markdown: 'On history, before it goes live:' } as const,
          { kind: 'actions', actions: tries } as const,
        ]
      : []),
  ];
}

interface Change extends Action {
  /** The same as `try-rules` takes it. */
  readonly tried: Readonly<Record<string, unknown>>;
}

function changesOf({ details, route }: Attempt, policy: Policy): readonly Change[] {
  const { rule, field } = details;
  const mode = policy.modeOf(details, route);
  const exclusion = { rule, route, field };
  const asIdentifier = { field, route, kind: 'identifier' };
  const [label, other] =
    mode === 'enforce' ? ['Only observe the rule', 'observe'] : ['Enforce the rule', 'enforce'];
  return [
    {
      label: 'Exclude',
      command: 'injection-filter/exclude',
      input: exclusion,
      confirm: `Never refuse ${rule} in ${field} of ${route} again?`,
      tried: { exclude: exclusion },
    },
    {
      label,
      command: 'injection-filter/set-rule',
      input: { rule, mode: other },
      tried: { rules: { [rule]: other } },
    },
    ...(field !== '' && policy.kindOf(field, route) !== 'identifier'
      ? [
          {
            label: 'Treat the field as an identifier',
            command: 'injection-filter/set-field',
            input: asIdentifier,
            tried: { field: asIdentifier },
          },
        ]
      : []),
  ];
}

function blockOf({ clientAddress }: Attempt): Action {
  return {
    label: 'Block the source for an hour',
    command: 'injection-filter/block-source',
    input: { address: clientAddress, minutes: 60 },
    confirm: `Refuse everything from ${clientAddress} for an hour?`,
  };
}
