import {
  HttpFinished,
  SqlFinished,
  type Recorded,
  type TimelineEntry,
  type Tone,
  type View,
} from '../../shared/index.ts';

/** One exchange with its statements and every event about it. */
export function exchangeView(exchangeId: string, events: readonly Recorded[]): View {
  const finished = events.find(({ type }) => type === HttpFinished.name);
  const http = finished && HttpFinished.schema.safeParse(finished.data);
  const statements = events.flatMap(statementOf);
  const children: View[] = [
    ...(http?.success ? [requestView(http.data)] : []),
    ...(statements.length > 0 ? [statementsView(statements)] : []),
    {
      kind: 'section',
      title: 'Timeline',
      isOpen: true,
      children: [
        {
          kind: 'timeline',
          entries: events.map(entryOf).reverse(),
          empty: `The log has nothing about ${exchangeId}: it may be past retention or was sampled away.`,
        },
      ],
    },
  ];
  return { kind: 'stack', children };
}

type Http = (typeof HttpFinished)['schema']['_zod']['output'];
type Sql = (typeof SqlFinished)['schema']['_zod']['output'];

function statementOf(event: Recorded): readonly Sql[] {
  if (event.type !== SqlFinished.name) return [];
  const parsed = SqlFinished.schema.safeParse(event.data);
  return parsed.success ? [parsed.data] : [];
}

function requestView(http: Http): View {
  return {
    kind: 'stack',
    children: [
      { kind: 'code', language: 'http', text: `${http.method} ${http.target}` },
      {
        kind: 'columns',
        children: [
          { kind: 'stat', label: 'Status', value: String(http.status), tone: toneOf(http.status) },
          { kind: 'stat', label: 'Took', value: ms(http.durationMs) },
          { kind: 'stat', label: 'Answered by', value: http.servedBy },
          { kind: 'stat', label: 'From', value: http.principal?.label ?? http.clientAddress },
        ],
      },
    ],
  };
}

function statementsView(statements: readonly Sql[]): View {
  const totalMs = statements.reduce((sum, { durationMs }) => sum + durationMs, 0);
  return {
    kind: 'table',
    title: `${statements.length} statements, ${ms(totalMs)}`,
    columns: [
      { label: 'Statement' },
      { label: 'Rows', align: 'end' },
      { label: 'Took', align: 'end' },
      { label: 'Joined' },
    ],
    rows: statements.map((each, index) => ({
      key: String(index),
      cells: [
        { text: each.text, code: true, ...(each.error && { tone: 'bad' as const }) },
        { text: String(each.rows), sortBy: each.rows },
        { text: ms(each.durationMs), sortBy: each.durationMs },
        each.attribution,
      ],
    })),
  };
}

function entryOf(event: Recorded): TimelineEntry {
  return { key: event.id, at: event.at, ...(titles[event.type]?.(event) ?? { title: event.type }) };
}

const titles: Readonly<Record<string, (event: Recorded) => { title: string; detail?: string; tone?: Tone }>> =
  {
    [HttpFinished.name]({ data }) {
      const { method, target, status, durationMs } = data as Http;
      return { title: `${method} ${target}`, detail: `${status} in ${ms(durationMs)}`, tone: toneOf(status) };
    },
    [SqlFinished.name]({ data }) {
      const { text, rows, durationMs, error } = data as Sql;
      const detail = error ? `${error.sqlstate}: ${error.message}` : `${rows} rows in ${ms(durationMs)}`;
      return { title: text, detail, tone: error ? 'bad' : 'neutral' };
    },
  };

const toneOf = (status: number): Tone => {
  if (status >= 500 || status === 0) return 'bad';
  return status >= 400 ? 'warning' : 'good';
};

const ms = (durationMs: number): string => `${durationMs.toFixed(durationMs < 10 ? 2 : 0)} ms`;
