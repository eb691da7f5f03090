import { h, type ComponentChild } from 'preact';
import { useContext, useState } from 'preact/hooks';
import type { OpenFinding } from '../../shared/protocol.ts';
import type { Action } from '../../shared/view.ts';
import { knownCommands } from '../dashboards/known-commands.ts';
import { RowActions } from './actions.ts';
import { timeOf } from '../dashboards/clock.ts';
import { Icon } from './icon.ts';
import { DrawSurroundings } from './surroundings.ts';
import { TextView } from './text.ts';
import { Button } from './toolkit.ts';

interface FindingsProps {
  readonly findings: readonly OpenFinding[];
  openFile(file: string, line: number): void;
}

const firstShown = 5;

/** What a person should look at, the gravest first. */
export function Findings({ findings, openFile }: FindingsProps): ComponentChild {
  const [isWhole, setWhole] = useState(false);
  const sorted = [...findings].sort(byGravity);
  const shown = isWhole ? sorted : sorted.slice(0, firstShown);
  return h(
    'section',
    { class: 'panel findings', 'aria-label': 'Findings' },
    h('h3', null, 'Findings', h('span', { class: 'count' }, String(findings.length))),
    findings.length === 0
      ? h('p', { class: 'empty' }, 'Nothing needs a look right now.')
      : h(
          'ul',
          { class: 'finding-list' },
          shown.map((finding) => h(Finding, { key: finding.key, finding, openFile })),
        ),
    sorted.length > firstShown &&
      h(Button, { onPress: () => setWhole(!isWhole) }, isWhole ? 'Show fewer' : `Show all ${sorted.length}`),
  );
}

const gravity = { error: 0, warning: 1, hint: 2 } as const;
const tones = { error: 'bad', warning: 'warning', hint: 'neutral' } as const;

/** The gravest first; of equals the latest. */
export function byGravity(a: OpenFinding, b: OpenFinding): number {
  return gravity[a.severity] - gravity[b.severity] || b.lastAt.localeCompare(a.lastAt);
}

function Finding(props: {
  readonly finding: OpenFinding;
  openFile(file: string, line: number): void;
}): ComponentChild {
  const { finding } = props;
  const { act } = useContext(DrawSurroundings);
  const details = detailsOf(finding);
  const { where } = finding;
  return h(
    'li',
    { class: `finding tone-${tones[finding.severity]}`, 'data-finding': finding.key },
    h(Icon, { name: finding.severity, label: finding.severity }),
    h(
      'div',
      { class: 'finding-body' },
      details === null
        ? h('div', { class: 'finding-title' }, finding.title)
        : h(
            'button',
            { type: 'button', class: 'finding-title link-button', onClick: () => act(details) },
            finding.title,
          ),
      h('div', { class: 'finding-advice' }, h(TextView, { markdown: finding.advice })),
      h(
        'div',
        { class: 'finding-facts dim' },
        h('span', null, finding.rule),
        h('span', null, `${finding.times}×`),
        h('span', null, `last ${timeOf(finding.lastAt)}`),
        where !== undefined &&
          h(
            'button',
            { type: 'button', class: 'link-button', onClick: () => props.openFile(where.file, where.line) },
            `${where.file}:${where.line}`,
          ),
      ),
    ),
    h(RowActions, { actions: actionsOf(finding) }),
  );
}

export function detailsOf({ details }: OpenFinding): Action | null {
  return details === undefined ? null : { label: 'Details', ...details };
}

function actionsOf({ fix, plugin, key }: OpenFinding): readonly Action[] {
  const dismiss = { label: 'Dismiss', command: knownCommands.dismissFinding, input: { plugin, key } };
  return fix === undefined ? [dismiss] : [{ ...fix, confirm: `${fix.label}?` }, dismiss];
}
