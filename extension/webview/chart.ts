import { h, type ComponentChild } from 'preact';
import { useContext, useEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { Chart } from '../../shared/view.ts';
import {
  colorOf,
  layOutChart,
  nearestStop,
  stopAfterKey,
  type ChartLayout,
  type Stop,
} from './chart-layout.ts';
import { timeOf } from '../dashboards/clock.ts';
import { shortNumber } from './scale.ts';
import { DrawSurroundings } from './surroundings.ts';

const height = 190;

/** Lines or stacked bars with axes; the values under the pointer, or of the point the arrow keys reached, are told. */
export function ChartView({ chart }: { readonly chart: Chart }): ComponentChild {
  const [frame, width] = useWidth();
  const [stop, setStop] = useState<number | null>(null);
  const layout = useMemo(() => layOutChart(chart, { width, height }), [chart, width]);
  const { title: above } = useContext(DrawSurroundings);
  const isEmpty = layout.stops.length === 0;
  return h(
    'figure',
    { class: 'chart' },
    h('figcaption', null, h('h4', null, titleOf(chart, above)), h(Legend, { chart })),
    h(
      'div',
      {
        class: 'chart-frame',
        ref: frame,
        tabIndex: isEmpty ? undefined : 0,
        role: 'img',
        'aria-label': describe(chart),
        onPointerMove: (event: PointerEvent) => setStop(nearestStop(layout.stops, pointerX(event))),
        onPointerLeave: () => setStop(null),
        onBlur: () => setStop(null),
        onKeyDown: (event: KeyboardEvent) => {
          const next = stopAfterKey(event.key, stop, layout.stops.length);
          if (next === undefined) return;
          event.preventDefault();
          setStop(next);
        },
      },
      isEmpty
        ? h('p', { class: 'empty' }, 'There is nothing to draw yet.')
        : h(Drawing, { chart, layout, width, stop: stop === null ? undefined : layout.stops[stop] }),
      stop !== null && h(Tooltip, { chart, layout, stop: layout.stops[stop], width }),
    ),
  );
}

interface DrawingProps {
  readonly chart: Chart;
  readonly layout: ChartLayout;
  readonly width: number;
  readonly stop: Stop | undefined;
}

function Drawing({ chart, layout, width, stop }: DrawingProps): ComponentChild {
  return h(
    'svg',
    { width, height, viewBox: `0 0 ${width} ${height}`, 'aria-hidden': 'true' },
    h(Axes, { layout }),
    stop !== undefined &&
      h('line', { class: 'cursor', x1: stop.at, x2: stop.at, y1: layout.plot.top, y2: layout.plot.bottom }),
    chart.shape === 'bar' ? h(Bars, { layout }) : h(Lines, { layout }),
  );
}

function Axes({ layout: { plot, xTicks, yTicks } }: { readonly layout: ChartLayout }): ComponentChild {
  return h(
    'g',
    { class: 'axes' },
    yTicks.map(({ at, label }) =>
      h(
        'g',
        { key: `y${label}` },
        h('line', { x1: plot.left, x2: plot.right, y1: at, y2: at }),
        h('text', { x: plot.left - 8, y: at + 3.5, 'text-anchor': 'end' }, label),
      ),
    ),
    xTicks.map(({ at, label }, index) =>
      h('text', { key: `x${index}`, x: at, y: plot.bottom + 16, 'text-anchor': anchorOf(at, plot) }, label),
    ),
  );
}

/** A label at an end stays inside the drawing. */
function anchorOf(at: number, plot: ChartLayout['plot']): 'start' | 'middle' | 'end' {
  if (at > plot.right - 20) return 'end';
  return at < plot.left + 4 ? 'start' : 'middle';
}

function Lines({ layout }: { readonly layout: ChartLayout }): ComponentChild {
  const hasArea = layout.series.length === 1;
  return h(
    'g',
    null,
    layout.series.map((series, index) =>
      h(
        'g',
        { key: index, class: series.color },
        hasArea && h('path', { class: 'area', d: series.area }),
        h('path', { class: 'line', d: series.line }),
        series.dot !== null && h('circle', { class: 'bar', cx: series.dot.x, cy: series.dot.y, r: 3 }),
      ),
    ),
  );
}

function Bars({ layout }: { readonly layout: ChartLayout }): ComponentChild {
  const width = layout.barWidth;
  return h(
    'g',
    null,
    layout.series.map((series, index) =>
      h(
        'g',
        { key: index, class: series.color },
        series.bars.map((bar, at) =>
          h('rect', {
            key: at,
            class: 'bar',
            x: bar.x - width / 2,
            y: bar.y,
            width,
            height: bar.height,
            rx: Math.min(2, width / 4),
          }),
        ),
      ),
    ),
  );
}

function Legend({ chart }: { readonly chart: Chart }): ComponentChild {
  if (chart.series.length < 2) return null;
  return h(
    'ul',
    { class: 'legend' },
    chart.series.map((series, index) =>
      h(
        'li',
        { key: series.label, class: colorOf(series, index) },
        h('i', { 'aria-hidden': 'true' }),
        series.label,
      ),
    ),
  );
}

interface TooltipProps {
  readonly chart: Chart;
  readonly layout: ChartLayout;
  readonly stop: Stop | undefined;
  readonly width: number;
}

function Tooltip({ chart, layout, stop, width }: TooltipProps): ComponentChild {
  if (stop === undefined) return null;
  const isRight = stop.at > width / 2;
  const style = isRight ? { right: `${width - stop.at + 12}px` } : { left: `${stop.at + 12}px` };
  return h(
    'div',
    { class: 'tooltip', style, role: 'status' },
    h('div', { class: 'tooltip-x' }, xText(chart, stop.x)),
    layout.series.map((series, index) => {
      const value = stop.values[index];
      if (value === null || value === undefined) return null;
      return h(
        'div',
        { key: index, class: `tooltip-line ${series.color}` },
        h('i', { 'aria-hidden': 'true' }),
        h('span', null, series.label),
        h('b', null, withUnit(value, chart)),
      );
    }),
  );
}

function titleOf(chart: Chart, above: string): ComponentChild {
  const title = chart.title === above ? '' : chart.title;
  if (chart.unit === undefined) return title;
  return h('span', null, title, h('span', { class: 'unit' }, ` ${chart.unit}`));
}

function xText(chart: Chart, x: number): string {
  return chart.x === 'time' ? timeOf(new Date(x).toISOString()) : shortNumber(x);
}

function withUnit(value: number, chart: Chart): string {
  const text = Number.isInteger(value) ? value.toLocaleString('en') : shortNumber(value);
  return chart.unit === undefined ? text : `${text} ${chart.unit}`;
}

function describe(chart: Chart): string {
  const latest = chart.series.flatMap(({ label, points }) => {
    const last = points.at(-1);
    return last === undefined ? [] : [`${label} ${withUnit(last[1], chart)}`];
  });
  const kind = chart.shape === 'bar' ? 'bar chart' : 'line chart';
  return `${chart.title}, ${kind}. Latest: ${latest.join(', ') || 'nothing yet'}. Arrow keys read the values.`;
}

function pointerX(event: PointerEvent): number {
  const frame = event.currentTarget;
  return frame instanceof Element ? event.clientX - frame.getBoundingClientRect().left : 0;
}

/** The width there is, followed as it changes. */
function useWidth() {
  const frame = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(560);
  useEffect(() => {
    const element = frame.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(Math.max(160, Math.floor(element.clientWidth))));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return [frame, width] as const;
}
