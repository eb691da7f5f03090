import type { Chart, View } from '../../shared/index.ts';
import type { KeyUsage } from './usage.ts';

/** A key's use over time: of the last days by hour, and folded away by minute and by day. */
export function chartsOf(usage: KeyUsage): readonly View[] {
  return [
    chartOf(usage, 'hours', 'Requests per hour, 3 days'),
    {
      kind: 'section',
      title: 'By minute and by day',
      isOpen: false,
      children: [
        chartOf(usage, 'minutes', 'Requests per minute, 2 hours'),
        chartOf(usage, 'days', 'Requests per day, 3 months'),
      ],
    },
  ];
}

function chartOf(usage: KeyUsage, by: 'minutes' | 'hours' | 'days', title: string): Chart {
  const points = (count: 'requests' | 'refusals') =>
    usage[by].map((span): readonly [number, number] => [span.atMs, span[count]]);
  return {
    kind: 'chart',
    title,
    shape: 'bar',
    x: 'time',
    series: [
      { label: 'Requests', points: points('requests') },
      { label: 'Refused', tone: 'bad', points: points('refusals') },
    ],
  };
}
