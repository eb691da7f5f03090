import type { Chart, Series } from '../../shared/view.ts';
import { clockLabel, niceCeiling, niceTicks, shortNumber, timeTicks } from './scale.ts';

export interface ChartSize {
  readonly width: number;
  readonly height: number;
}

export interface Tick {
  readonly at: number;
  readonly label: string;
}

/** Everything a drawing needs, in pixels. */
export interface ChartLayout {
  readonly plot: {
    readonly left: number;
    readonly top: number;
    readonly right: number;
    readonly bottom: number;
  };
  readonly xTicks: readonly Tick[];
  readonly yTicks: readonly Tick[];
  readonly series: readonly DrawnSeries[];
  /** Every x there is, with what each series has there. */
  readonly stops: readonly Stop[];
  readonly barWidth: number;
}

export interface DrawnSeries {
  readonly label: string;
  /** Class names of the colour. */
  readonly color: string;
  readonly line: string;
  readonly area: string;
  /** Where the only point of a line is: a line of one point cannot be seen. */
  readonly dot: { readonly x: number; readonly y: number } | null;
  readonly bars: readonly { readonly x: number; readonly y: number; readonly height: number }[];
}

export interface Stop {
  readonly x: number;
  readonly at: number;
  readonly values: readonly (number | null)[];
}

const margin = { left: 44, right: 12, top: 10, bottom: 22 };

export function layOutChart(chart: Chart, size: ChartSize): ChartLayout {
  const plot = {
    left: margin.left,
    top: margin.top,
    right: Math.max(margin.left + 10, size.width - margin.right),
    bottom: size.height - margin.bottom,
  };
  const stops = stopsOf(chart.series);
  const [from, to] = xRange(stops, chart);
  const lowest = Math.min(0, ...allValues(chart.series));
  const highest = niceCeiling(highestOf(chart, stops), 4);
  const low = lowest < 0 ? -niceCeiling(-lowest, 4) : 0;
  const barWidth = barWidthOf(stops, to - from, plot);
  const x = scale(from, to, plot.left, plot.right);
  const y = scale(low, highest, plot.bottom, plot.top);
  return {
    plot,
    stops: stops.map((stop) => ({ ...stop, at: x(stop.x) })),
    barWidth,
    xTicks: xTicksOf(chart, from, to, plot).map((tick) => ({
      at: x(tick),
      label: xLabel(chart, tick, to - from),
    })),
    yTicks: niceTicks(low, highest, 4).map((tick) => ({ at: y(tick), label: shortNumber(tick) })),
    series: drawSeries(chart, stops, x, y),
  };
}

function drawSeries(
  chart: Chart,
  stops: readonly Stop[],
  x: (value: number) => number,
  y: (value: number) => number,
): DrawnSeries[] {
  const stacked = new Map<number, number>();
  return chart.series.map((series, index) => {
    const points = series.points.map(([px, py]) => [x(px), y(py)] as const);
    const line = points
      .map(([px, py], at) => `${at === 0 ? 'M' : 'L'}${px.toFixed(1)} ${py.toFixed(1)}`)
      .join('');
    const [first, last] = [points[0], points.at(-1)];
    const area =
      first && last
        ? `${line}L${last[0].toFixed(1)} ${y(0).toFixed(1)}L${first[0].toFixed(1)} ${y(0).toFixed(1)}Z`
        : '';
    const bars = series.points.map(([px, py]) => {
      const base = stacked.get(px) ?? 0;
      stacked.set(px, base + py);
      const [a, b] = [y(base), y(base + py)];
      return { x: x(px), y: Math.min(a, b), height: Math.abs(a - b) };
    });
    const dot = first && points.length === 1 ? { x: first[0], y: first[1] } : null;
    return { label: series.label, color: colorOf(series, index), line, area, dot, bars };
  });
}

/** A tone when one is given; else the next colour of the palette. */
export function colorOf(series: Series, index: number): string {
  return series.tone === undefined || series.tone === 'neutral'
    ? `series-${index % 5}`
    : `series-${series.tone}`;
}

function stopsOf(all: readonly Series[]): readonly Stop[] {
  const byX = new Map<number, (number | null)[]>();
  all.forEach((series, index) => {
    for (const [x, y] of series.points) {
      const values = byX.get(x) ?? all.map(() => null);
      values[index] = y;
      byX.set(x, values);
    }
  });
  return [...byX].sort(([a], [b]) => a - b).map(([x, values]) => ({ x, at: 0, values }));
}

function xRange(stops: readonly Stop[], chart: Chart): readonly [number, number] {
  const first = stops[0]?.x ?? 0;
  const last = stops.at(-1)?.x ?? 1;
  if (chart.shape === 'line') return first === last ? [first - 1, last + 1] : [first, last];
  // Bars need half of their width beyond the first and the last.
  const half = first === last ? 0.5 : smallestGap(stops) / 2;
  return [first - half, last + half];
}

function highestOf(chart: Chart, stops: readonly Stop[]): number {
  const heights = stops.map(({ values }) =>
    chart.shape === 'bar'
      ? values.reduce((sum: number, value) => sum + (value ?? 0), 0)
      : Math.max(0, ...values.map((value) => value ?? 0)),
  );
  return heights.reduce((highest, height) => Math.max(highest, height), 0);
}

function allValues(all: readonly Series[]): number[] {
  return all.flatMap(({ points }) => points.map(([, y]) => y));
}

function smallestGap(stops: readonly Stop[]): number {
  let gap = Infinity;
  for (let at = 1; at < stops.length; at++)
    gap = Math.min(gap, (stops[at]?.x ?? 0) - (stops[at - 1]?.x ?? 0));
  return Number.isFinite(gap) ? gap : 1;
}

function barWidthOf(stops: readonly Stop[], span: number, plot: ChartLayout['plot']): number {
  const room =
    ((plot.right - plot.left) * (stops.length > 1 ? smallestGap(stops) : 1)) / Math.max(span, 1e-9);
  return Math.max(1, Math.min(36, room * 0.72));
}

function xTicksOf(chart: Chart, from: number, to: number, plot: ChartLayout['plot']): readonly number[] {
  const wanted = Math.max(2, Math.floor((plot.right - plot.left) / 90));
  if (chart.x === 'number') return niceTicks(from, to, wanted);
  return timeTicks(from, to, wanted, -new Date(to).getTimezoneOffset() * 60_000);
}

function xLabel(chart: Chart, tick: number, span: number): string {
  return chart.x === 'time' ? clockLabel(tick, span) : shortNumber(tick);
}

function scale(from: number, to: number, start: number, end: number): (value: number) => number {
  const factor = to === from ? 0 : (end - start) / (to - from);
  return (value) => start + (value - from) * factor;
}

/** The stop nearest to a place on the x axis; null when there is none. */
export function nearestStop(stops: readonly Stop[], at: number): number | null {
  let nearest: number | null = null;
  stops.forEach((stop, index) => {
    const best = nearest === null ? Infinity : Math.abs((stops[nearest]?.at ?? 0) - at);
    if (Math.abs(stop.at - at) < best) nearest = index;
  });
  return nearest;
}

/** Where an arrow key leads; null when the tooltip closes, undefined for other keys. */
export function stopAfterKey(key: string, at: number | null, count: number): number | null | undefined {
  if (key === 'Escape') return null;
  if (count === 0) return undefined;
  if (key === 'ArrowRight') return at === null ? 0 : Math.min(count - 1, at + 1);
  if (key === 'ArrowLeft') return at === null ? count - 1 : Math.max(0, at - 1);
  if (key === 'Home') return 0;
  return key === 'End' ? count - 1 : undefined;
}
