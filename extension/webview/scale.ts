/** Round numbers that cover `from` to `to` in at most about `wanted` steps, low to high. */
export function niceTicks(from: number, to: number, wanted: number): readonly number[] {
  if (!(to > from)) return [from];
  const step = niceStep((to - from) / Math.max(1, wanted));
  const first = Math.ceil(from / step - 1e-9);
  const last = Math.floor(to / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, index) => tidy((first + index) * step));
}

/** The next round step (1, 2 or 5 times a power of ten) that is not smaller. */
export function niceStep(rough: number): number {
  const power = 10 ** Math.floor(Math.log10(rough));
  const factor = [1, 2, 5, 10].find((nice) => nice * power >= rough * (1 - 1e-9)) ?? 10;
  return factor * power;
}

/** The upper end of an axis that starts at 0. */
export function niceCeiling(highest: number, wanted: number): number {
  if (!(highest > 0)) return 1;
  const step = niceStep(highest / Math.max(1, wanted));
  return tidy(Math.ceil(highest / step - 1e-9) * step);
}

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;
const timeSteps = [
  ...[1, 2, 5, 10, 15, 30].map((n) => n * second),
  ...[1, 2, 5, 10, 15, 30].map((n) => n * minute),
  ...[1, 2, 3, 6, 12].map((n) => n * hour),
  ...[1, 2, 7, 14, 30, 90, 365].map((n) => n * day),
];

/** Times a clock would name, in milliseconds since 1970, at most about `wanted` of them. `offsetMs` is local time minus UTC. */
export function timeTicks(from: number, to: number, wanted: number, offsetMs = 0): readonly number[] {
  if (!(to > from)) return [from];
  const rough = (to - from) / Math.max(1, wanted);
  const step = timeSteps.find((candidate) => candidate >= rough) ?? niceStep(rough);
  const first = Math.ceil((from + offsetMs) / step);
  const last = Math.floor((to + offsetMs) / step);
  return Array.from({ length: last - first + 1 }, (_, index) => (first + index) * step - offsetMs);
}

/** 12 · 1.2k · 3.4M; never more than four characters and a sign. */
export function shortNumber(value: number): string {
  const size = Math.abs(value);
  if (size >= 1e9) return `${trimmed(value / 1e9)}G`;
  if (size >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (size >= 1e4) return `${trimmed(value / 1e3)}k`;
  return size === 0 || size >= 0.01 ? trimmed(value, size < 1 ? 2 : 1) : value.toExponential(0);
}

/** A clock's reading of a tick, as fine as the whole span needs. */
export function clockLabel(ms: number, spanMs: number): string {
  const date = new Date(ms);
  const two = (part: number) => String(part).padStart(2, '0');
  const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
  if (spanMs <= 10 * minute) return `${time}:${two(date.getSeconds())}`;
  if (spanMs <= 2 * day) return time;
  return `${date.getDate()}/${date.getMonth() + 1}`;
}

function trimmed(value: number, digits = 1): string {
  return Number(value.toFixed(Math.abs(value) >= 100 ? 0 : digits)).toString();
}

/** 0.30000000000000004 is 0.3. */
function tidy(value: number): number {
  return Number(value.toPrecision(12));
}

/** From 0 (or the lowest, if that is below) at the bottom to the highest at the top. */
export function sparkPoints(values: readonly number[], wide: number, high: number): string {
  const low = Math.min(0, ...values);
  const span = Math.max(...values) - low || 1;
  const step = wide / (values.length - 1);
  return values
    .map((value, index) => {
      const y = high - 2 - ((value - low) / span) * (high - 4);
      return `${(index * step).toFixed(1)},${y.toFixed(1)}`;
    })
    .join(' ');
}
