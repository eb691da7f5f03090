import type { Quota } from './key-record.ts';
import type { Period } from './periods.ts';

/** What a quota may limit. */
export type Measure = keyof Quota;
export type RequestMeasure = (typeof requestMeasures)[number];
export type DatabaseMeasure = (typeof databaseMeasures)[number];

export const requestMeasures = ['dayRequests', 'monthRequests'] as const;
export const databaseMeasures = ['dayDatabaseMs', 'monthDatabaseMs'] as const;
export const measures: readonly Measure[] = [...requestMeasures, ...databaseMeasures];

const isDaily = (measure: Measure): boolean => measure.startsWith('day');

/** When it begins anew, in milliseconds since 1970. */
export function endOf(measure: Measure, { dayEndsMs, monthEndsMs }: Period): number {
  return isDaily(measure) ? dayEndsMs : monthEndsMs;
}

/** Whether something kept for one day and month is of this one. */
export function isOf(
  measure: Measure,
  kept: { readonly day: string; readonly month: string },
  { day, month }: Period,
): boolean {
  return isDaily(measure) ? kept.day === day : kept.month === month;
}

/** The name of the sum over all sidecars. */
export function sumKeyOf(keyId: string, measure: Measure, { day, month }: Period): string {
  return `quota/${keyId}/${measure}/${isDaily(measure) ? day : month}`;
}

/** A day more than the longest period, for clocks that differ. */
export function ttlSecondsOf(measure: Measure): number {
  return (isDaily(measure) ? 2 : 32) * 86_400;
}

export function secondsUntil(atMs: number, nowMs: number): number {
  return Math.max(1, Math.ceil((atMs - nowMs) / 1000));
}
