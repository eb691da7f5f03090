import {
  durationCell,
  durationText,
  panel,
  percentileMs,
  type Row,
  type Series,
  type View,
} from '../../shared/index.ts';
import { keysOf, knownAtFirst, knownKeys, knownUsage, type Known } from './known-keys.ts';
import type { PublicKey } from './key-record.ts';
import type { KeyUsage, RouteCount } from './usage.ts';

const mostCharted = 6;
const mostRows = 100;

/** Who uses the service how much: requests by key over the last hours, and by route. */
export const usagePanel = panel<Known>({
  id: 'usage',
  title: 'Use by key',
  dashboard: 'keys',
  initial: knownAtFirst,
  fold: [...knownKeys, ...knownUsage],
  view(known, moment): View {
    const used = keysOf(known).filter((key) => known.usage[key.id]);
    return {
      kind: 'stack',
      children: [
        {
          kind: 'chart',
          title: 'Requests per minute',
          shape: 'line',
          x: 'time',
          series: busiest(used, known).map((key) => minutesOf(key, known.usage[key.id], moment.getTime())),
        },
        {
          kind: 'table',
          title: 'By key and route',
          columns: [
            { label: 'Key' },
            { label: 'Route' },
            { label: 'Requests', align: 'end' },
            { label: 'Refused', align: 'end' },
            { label: 'Errors', align: 'end' },
            { label: 'p50', align: 'end' },
            { label: 'p95', align: 'end' },
            { label: 'Database', align: 'end' },
            { label: 'Last used' },
          ],
          rows: used.flatMap((key) => routesOf(key, known.usage[key.id])).slice(0, mostRows),
          empty: 'No key has been used yet.',
        },
      ],
    };
  },
});

function busiest(keys: readonly PublicKey[], known: Known): readonly PublicKey[] {
  const requests = (key: PublicKey): number =>
    known.usage[key.id]?.minutes.reduce((sum, each) => sum + each.requests, 0) ?? 0;
  return [...keys].sort((a, b) => requests(b) - requests(a)).slice(0, mostCharted);
}

function minutesOf(key: PublicKey, usage: KeyUsage | undefined, nowMs: number): Series {
  const minutes = usage?.minutes.filter(({ atMs }) => atMs <= nowMs) ?? [];
  return {
    label: `${key.label} (${key.start}…)`,
    points: minutes.map(({ atMs, requests }) => [atMs, requests]),
  };
}

function routesOf(key: PublicKey, usage: KeyUsage | undefined): readonly Row[] {
  const routes = Object.entries(usage?.routes ?? {}).sort(([, a], [, b]) => b.requests - a.requests);
  return routes.map(([route, count]) => ({
    key: `${key.id} ${route}`,
    cells: [
      key.label,
      { text: route, code: true },
      number(count.requests),
      number(count.refusals),
      number(count.errors),
      duration(count, 0.5),
      duration(count, 0.95),
      durationCell(count.databaseMs),
      count.lastAt,
    ],
  }));
}

function number(value: number): { text: string; sortBy: number } {
  return { text: String(value), sortBy: value };
}

function duration(count: RouteCount, share: number): { text: string; sortBy: number } {
  const ms = percentileMs(count.buckets, share);
  return { text: ms === null ? '' : durationText(ms), sortBy: ms ?? -1 };
}
