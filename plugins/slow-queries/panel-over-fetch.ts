import { panel, readableSql, step, type Row } from '../../shared/index.ts';
import { bytesText, countText } from './diagnose/figures.ts';
import { OverFetchSeen } from './events.ts';

interface Fetched {
  /** By fingerprint, in order of the last time. */
  rows: Record<string, Row>;
}

const mostRows = 100;
const mostTextCharacters = 400;

/** Statements that return columns which no reply carries. */
export const overFetchPanel = panel<Fetched>({
  id: 'over-fetch',
  title: 'Read and not sent',
  dashboard: 'queries',
  initial: () => ({ rows: {} }),
  fold: [
    step(OverFetchSeen, (state: Fetched, { data }) => {
      const { fingerprint, text, unsent, unsentBytes, readBytes, replyBytes, exchanges, routes, sql } = data;
      delete state.rows[fingerprint];
      state.rows[fingerprint] = {
        key: fingerprint,
        cells: [
          { text: readableSql(text).slice(0, mostTextCharacters), code: true },
          unsent.map(({ name, bytes }) => `${name} (${bytesText(bytes)})`).join(', '),
          { text: bytesText(unsentBytes), sortBy: unsentBytes, tone: 'warning' },
          { text: `${bytesText(readBytes)} → ${bytesText(replyBytes)}`, sortBy: readBytes },
          { text: countText(exchanges), sortBy: exchanges },
          data.confidence,
          routes.join(', '),
          { text: sql ?? '', code: true },
        ],
        open: { label: 'Open', command: 'slow-queries/open', input: { fingerprint } },
      };
      const names = Object.keys(state.rows);
      if (names.length > mostRows && names[0] !== undefined) delete state.rows[names[0]];
      return state;
    }),
  ],
  view: ({ rows }) => ({
    kind: 'table',
    columns: [
      { label: 'Statement' },
      { label: 'Columns no reply carries, a row’s share' },
      { label: 'For nothing, a request', align: 'end' },
      { label: 'Read → reply', align: 'end' },
      { label: 'Exchanges', align: 'end' },
      { label: 'Confidence' },
      { label: 'Routes' },
      { label: 'Instead' },
    ],
    rows: Object.values(rows).toReversed(),
    empty: 'No statement was seen to read much more than its replies carry.',
  }),
});
