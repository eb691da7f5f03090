import { durationCell, durationText, minuteText, panel, step, type View } from '../../../shared/index.ts';
import { IndexDelivered, IndexesAdvised } from './events.ts';
import { size, writeActions, type Told } from './views.ts';

interface State {
  told: Told | null;
  at: string;
  /** By index and fingerprint. */
  delivered: Record<string, { name: string; text: string; before: number; promised: number; now: number }>;
}

const mostDelivered = 100;

/** What is advised now, and what indexes brought that were made after advice. */
export const indexAdvicePanel = panel<State>({
  id: 'index-advice',
  title: 'Index advice for the whole workload',
  dashboard: 'queries',
  initial: () => ({ told: null, at: '', delivered: {} }),
  fold: [
    step(IndexesAdvised, (state: State, { at, data }) => ({ ...state, told: data, at })),
    step(IndexDelivered, (state: State, { data }) => {
      const { name, fingerprint, text, p95BeforeMs, p95PromisedMs, p95Ms } = data;
      const key = `${name} ${fingerprint}`;
      delete state.delivered[key];
      state.delivered[key] = { name, text, before: p95BeforeMs, promised: p95PromisedMs, now: p95Ms };
      const [oldest] = Object.keys(state.delivered);
      if (Object.keys(state.delivered).length > mostDelivered && oldest !== undefined)
        delete state.delivered[oldest];
      return state;
    }),
  ],
  view: ({ told: advice, at, delivered }): View => ({
    kind: 'stack',
    children: [
      {
        kind: 'actions',
        actions: [
          { label: 'Ask for advice', command: 'slow-queries/advise-indexes', input: {} },
          ...(advice && advice.indexes.length > 0 ? writeActions() : []),
        ],
      },
      adviceTable(advice, at),
      ...(Object.keys(delivered).length === 0 ? [] : [deliveredTable(delivered)]),
    ],
  }),
});

function adviceTable(advice: Told | null, at: string): View {
  return {
    kind: 'table',
    ...(at !== '' && { title: `As of ${minuteText(at)}` }),
    columns: [
      { label: 'Make it' },
      { label: 'Serves', align: 'end' },
      { label: 'Worst p95 before', align: 'end' },
      { label: 'expected', align: 'end' },
      { label: 'Size', align: 'end' },
    ],
    rows: (advice?.indexes ?? []).map((each) => {
      const worst = [...each.serves].sort((a, b) => b.p95BeforeMs - a.p95BeforeMs)[0];
      return {
        key: each.name,
        cells: [
          { text: each.ddl, code: true },
          { text: `${each.serves.length} queries`, sortBy: each.serves.length },
          durationCell(worst?.p95BeforeMs ?? 0),
          {
            text: durationText(worst?.p95ExpectedMs ?? 0),
            sortBy: worst?.p95ExpectedMs ?? 0,
            tone: 'good' as const,
          },
          { text: size(each.bytes), sortBy: each.bytes },
        ],
        open: { label: 'Open', command: 'slow-queries/index-advice', input: {} },
      };
    }),
    empty:
      advice === null
        ? 'Nobody asked for advice yet.'
        : 'No index would serve the recorded statements better.',
  };
}

function deliveredTable(delivered: State['delivered']): View {
  return {
    kind: 'table',
    title: 'Promised and delivered',
    columns: [
      { label: 'Index' },
      { label: 'Query' },
      { label: 'p95 before', align: 'end' },
      { label: 'promised', align: 'end' },
      { label: 'now', align: 'end' },
    ],
    rows: Object.entries(delivered)
      .toReversed()
      .map(([key, { name, text, before, promised, now }]) => ({
        key,
        cells: [
          { text: name, code: true },
          { text: text.slice(0, 300), code: true },
          durationCell(before),
          durationCell(promised),
          {
            text: durationText(now),
            sortBy: now,
            tone: now <= Math.max(promised * 2, before * 0.5) ? 'good' : 'bad',
          },
        ],
      })),
  };
}
