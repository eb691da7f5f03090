import { GuardDenied, panel, step, type Recorded } from '../../shared/index.ts';
import { attemptOf } from './attempts.ts';
import { MatchReported, ValuesSampled } from './events.ts';

interface Recording {
  attempts: number;
  values: number;
}

/** What there is to try changed rules on, and the way to try any. */
export const historyPanel = panel<Recording>({
  id: 'history',
  title: 'Try rules before they go live',
  dashboard: 'security',
  initial: () => ({ attempts: 0, values: 0 }),
  fold: [
    step(GuardDenied, attempted),
    step(MatchReported, attempted),
    step(ValuesSampled, (recording, { data }) => {
      recording.values += data.values.length;
      return recording;
    }),
  ],
  view: ({ attempts, values }) => ({
    kind: 'stack',
    children: [
      {
        kind: 'columns',
        children: [
          { kind: 'stat', label: 'Attempts recorded', value: String(attempts) },
          { kind: 'stat', label: 'Ordinary values sampled', value: String(values), note: 'redacted' },
        ],
      },
      {
        kind: 'text',
        markdown: 'A changed rule is replayed over both: who would be refused from then on, and who no more.',
      },
      {
        kind: 'actions',
        actions: [
          {
            label: 'Try rules on history',
            command: 'injection-filter/try-rules',
            input: { rules: { 'sql/*': 'observe' } },
            asks: true,
          },
        ],
      },
    ],
  }),
});

function attempted(recording: Recording, event: Recorded): Recording {
  recording.attempts += attemptOf(event)?.count ?? 0;
  return recording;
}
