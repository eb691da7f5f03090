import { h, type ComponentChild } from 'preact';
import { sparkPoints } from './scale.ts';
import type { Stat } from '../../shared/view.ts';

/** One figure, its name above, small print below and, when there is a trend, a line beside it. */
export function StatView({ stat }: { readonly stat: Stat }): ComponentChild {
  return h(
    'div',
    { class: `stat tone-${stat.tone ?? 'neutral'}` },
    h('div', { class: 'stat-label' }, stat.label),
    h(
      'div',
      { class: 'stat-line' },
      h('div', { class: 'stat-value' }, stat.value),
      stat.trend !== undefined && stat.trend.length > 1 && h(Sparkline, { values: stat.trend }),
    ),
    stat.note !== undefined && h('div', { class: 'stat-note' }, stat.note),
  );
}

const width = 120;
const height = 28;

export function Sparkline({ values }: { readonly values: readonly number[] }): ComponentChild {
  const points = sparkPoints(values, width, height);
  return h(
    'svg',
    { class: 'spark', viewBox: `0 0 ${width} ${height}`, preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    h('polygon', { class: 'spark-area', points: `0,${height} ${points} ${width},${height}` }),
    h('polyline', { class: 'spark-line', points }),
  );
}
