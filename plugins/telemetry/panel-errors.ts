import {
  HttpFinished,
  SqlFinished,
  panel,
  readableSql,
  step,
  type TimelineEntry,
} from '../../shared/index.ts';

interface Errors {
  /** The newest first. */
  entries: TimelineEntry[];
}

const mostEntries = 50;

/** The latest failures: answers 5xx, replies that broke off, statements PostgreSQL refused. */
export const errorsPanel = panel<Errors>({
  id: 'errors',
  title: 'Latest errors',
  dashboard: 'overview',
  initial: () => ({ entries: [] }),
  fold: [
    step(HttpFinished, (state: Errors, { at, id, data }) => {
      const isBroken = data.error !== undefined && data.error !== 'client_gone';
      if (data.status < 500 && !(isBroken && data.servedBy === 'backend')) return state;
      return withEntry(state, {
        key: id,
        at,
        title: `${data.status} ${data.method} ${data.route}`,
        detail: [data.target, data.error].filter(Boolean).join(' · '),
        tone: 'bad',
        ...opening(data.exchangeId),
      });
    }),
    step(SqlFinished, (state: Errors, { at, id, data }) =>
      data.error
        ? withEntry(state, {
            key: id,
            at,
            title: `SQL ${data.error.sqlstate}: ${data.error.message}`,
            detail: readableSql(data.text).slice(0, 300),
            tone: 'bad',
            ...(data.exchangeId !== null && opening(data.exchangeId)),
          })
        : state,
    ),
  ],
  view: ({ entries }) => ({ kind: 'timeline', entries, empty: 'Nothing failed.' }),
});

/** A click shows the whole exchange: its statements, who sent it, what was refused. */
const opening = (exchangeId: string): Pick<TimelineEntry, 'open'> => ({
  open: { label: 'Open', command: 'exchange/open', input: { exchangeId } },
});

function withEntry(state: Errors, entry: TimelineEntry): Errors {
  state.entries.unshift(entry);
  state.entries.length = Math.min(state.entries.length, mostEntries);
  return state;
}
