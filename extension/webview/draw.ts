import { h, type ComponentChild } from 'preact';
import { useContext } from 'preact/hooks';
import type { View } from '../../shared/view.ts';
import { Actions } from './actions.ts';
import { ChartView } from './chart.ts';
import { CodeView } from './code.ts';
import { GraphView } from './graph.ts';
import { PlanView } from './plan.ts';
import { SecretView } from './secret.ts';
import { StatView } from './stat.ts';
import { DrawSurroundings } from './surroundings.ts';
import { TableView } from './table.ts';
import { TextView } from './text.ts';
import { TimelineView } from './timeline.ts';

/** Draws any view. Data only ever becomes text; a kind this version does not know becomes a sentence. */
export function Draw({ view }: { readonly view: View }): ComponentChild {
  const isChanged = useContext(DrawSurroundings).changes.things.has(view);
  const drawn = drawKind(view);
  return isChanged ? h('div', { class: 'changed', title: 'Differs from the other moment' }, drawn) : drawn;
}

function drawKind(view: View): ComponentChild {
  switch (view.kind) {
    case 'stack':
      return h('div', { class: 'stack' }, grouped(view.children));
    case 'columns':
      return h(
        'div',
        { class: view.children.every(({ kind }) => kind === 'stat') ? 'stats' : 'columns' },
        drawAll(view.children),
      );
    case 'section':
      return h(
        'details',
        { class: 'section', open: view.isOpen ?? true },
        h('summary', null, view.title),
        h('div', { class: 'stack' }, grouped(view.children)),
      );
    case 'stat':
      return h(StatView, { stat: view });
    case 'text':
      return h(TextView, { markdown: view.markdown });
    case 'code':
      return h(CodeView, { code: view });
    case 'table':
      return h(TableView, { table: view });
    case 'chart':
      return h(ChartView, { chart: view });
    case 'graph':
      return h(GraphView, { nodes: view.nodes, edges: view.edges });
    case 'timeline':
      return h(TimelineView, { entries: view.entries, empty: view.empty });
    case 'plan':
      return h(PlanView, { root: view.root });
    case 'actions':
      return h(Actions, { actions: view.actions });
    case 'secret':
      return h(SecretView, { label: view.label, value: view.value, note: view.note });
    default:
      return h(
        'p',
        { class: 'dim' },
        `This panel shows something this version cannot draw (${kindOf(view)}). A newer Outrider extension can.`,
      );
  }
}

function drawAll(views: readonly View[]): ComponentChild[] {
  return views.map((view, index) => h(Draw, { key: `${index}-${view.kind}`, view }));
}

/** Stats that follow each other stand in one row. */
function grouped(views: readonly View[]): ComponentChild[] {
  const groups: View[][] = [];
  for (const view of views) {
    const last = groups.at(-1);
    if (view.kind === 'stat' && last?.[0]?.kind === 'stat') last.push(view);
    else groups.push([view]);
  }
  return groups.map((group, index) => {
    const [first] = group;
    if (first?.kind === 'stat') return h('div', { key: `${index}-stats`, class: 'stats' }, drawAll(group));
    return h('div', { key: `${index}-${first?.kind}`, class: 'child' }, drawAll(group));
  });
}

function kindOf(view: { readonly kind?: unknown }): string {
  return String(view.kind ?? 'nothing').slice(0, 40);
}
