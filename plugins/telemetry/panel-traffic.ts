import {
  HttpSummary,
  addBuckets,
  durationText,
  emptyBuckets,
  panel,
  percentileMs,
  step,
  type Series,
  type Stat,
  type View,
} from '../../shared/index.ts';
import { percentText, rateText } from './numbers.ts';
import { between, spanAt, type Ring } from './ring.ts';

interface Minute {
  requests: number;
  /** Answers by the first figure of their status; under 0 the clients that left before there was one. */
  classes: Record<string, number>;
  buckets: number[];
}

interface Traffic {
  /** The last minute by the second, for what is shown as now. */
  seconds: Ring<Minute>;
  minutes: Ring<Minute>;
  inFlight: number;
}

const fresh = (): Minute => ({ requests: 0, classes: {}, buckets: emptyBuckets() });
const bySecond = { eachMs: 1000, most: 90, fresh };
const byMinute = { eachMs: 60_000, most: 120, fresh };

/** How much, how fast, how well: now, and over the last two hours. */
export const trafficPanel = panel<Traffic>({
  id: 'traffic',
  title: 'Traffic',
  dashboard: 'overview',
  initial: () => ({ seconds: [], minutes: [], inFlight: 0 }),
  fold: [
    step(HttpSummary, (state: Traffic, { at, data }) => {
      const atMs = Date.parse(at);
      for (const span of [spanAt(state.seconds, atMs, bySecond), spanAt(state.minutes, atMs, byMinute)]) {
        for (const { status, count, buckets } of data.rows) {
          const group = String(Math.floor(status / 100));
          span.requests += count;
          span.classes[group] = (span.classes[group] ?? 0) + count;
          addBuckets(span.buckets, buckets);
        }
      }
      state.inFlight = data.inFlight;
      return state;
    }),
  ],
  view: ({ seconds, minutes, inFlight }, moment): View => {
    const nowMs = moment.getTime();
    const lastMinute = between(seconds, nowMs - 60_000, nowMs);
    const shown = between(minutes, nowMs - byMinute.most * 60_000, nowMs);
    return {
      kind: 'stack',
      children: [
        { kind: 'columns', children: stats(lastMinute, shown, inFlight) },
        { kind: 'columns', children: [classesChart(shown), latencyChart(shown)] },
      ],
    };
  },
});

function stats(lastMinute: Ring<Minute>, minutes: Ring<Minute>, inFlight: number): readonly Stat[] {
  const requests = lastMinute.reduce((sum, each) => sum + each.requests, 0);
  const errors = lastMinute.reduce((sum, each) => sum + (each.classes['5'] ?? 0), 0);
  const buckets = emptyBuckets();
  for (const each of lastMinute) addBuckets(buckets, each.buckets);
  const share = requests === 0 ? 0 : errors / requests;
  return [
    {
      kind: 'stat',
      label: 'Requests per second',
      value: rateText(requests / 60),
      note: 'over the last minute',
      trend: minutes.map((each) => each.requests),
    },
    {
      kind: 'stat',
      label: 'Errors',
      value: percentText(share),
      tone: share > 0.01 ? 'bad' : 'neutral',
      note: 'answers 5xx',
    },
    { kind: 'stat', label: 'p50', value: durationText(percentileMs(buckets, 0.5)) },
    { kind: 'stat', label: 'p95', value: durationText(percentileMs(buckets, 0.95)) },
    { kind: 'stat', label: 'p99', value: durationText(percentileMs(buckets, 0.99)) },
    { kind: 'stat', label: 'In flight', value: requests === 0 ? '0' : String(inFlight) },
  ];
}

const classes = [
  { group: '2', label: '2xx', tone: 'good' },
  { group: '3', label: '3xx', tone: 'neutral' },
  { group: '4', label: '4xx', tone: 'warning' },
  { group: '5', label: '5xx', tone: 'bad' },
  { group: '0', label: 'client left', tone: 'neutral' },
] as const;

function classesChart(minutes: Ring<Minute>): View {
  const seen = classes.filter(({ group }) => minutes.some((each) => (each.classes[group] ?? 0) > 0));
  const series = seen.map(({ group, label, tone }): Series => ({
    label,
    tone,
    points: minutes.map((each) => [each.atMs, each.classes[group] ?? 0]),
  }));
  return { kind: 'chart', title: 'Answers per minute, by status', shape: 'bar', x: 'time', series };
}

function latencyChart(minutes: Ring<Minute>): View {
  const series = (
    [
      ['p50', 0.5],
      ['p95', 0.95],
      ['p99', 0.99],
    ] as const
  ).map(([label, share]): Series => ({
    label,
    points: minutes.map((each) => [each.atMs, percentileMs(each.buckets, share) ?? 0]),
  }));
  return { kind: 'chart', title: 'Latency', shape: 'line', x: 'time', unit: 'ms', series };
}
