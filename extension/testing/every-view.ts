import type { View } from '../../shared/view.ts';

/** One of every kind of view, with enough in it that each shows what it can. `minute` moves the figures. */
export function everyView(minute = 0): Readonly<Record<string, View>> {
  return {
    figures: figures(minute),
    traffic: traffic(minute),
    outcomes: outcomes(minute),
    statements: statements(minute),
    plan,
    code,
    events: events(minute),
    flow,
    words,
    reveal,
    unknown,
  };
}

const startMs = Date.parse('2026-11-23T10:00:00Z');

function figures(minute: number): View {
  return {
    kind: 'stack',
    children: [
      {
        kind: 'stat',
        label: 'Requests',
        value: String(1284 + minute * 31),
        note: 'in the last hour',
        trend: wave(24, minute),
      },
      {
        kind: 'stat',
        label: 'Slowest',
        value: `${840 + minute} ms`,
        tone: 'warning',
        note: 'GET /agents/:id',
      },
      {
        kind: 'stat',
        label: 'Refused',
        value: String(17 + minute),
        tone: 'bad',
        trend: wave(24, minute + 7),
      },
      { kind: 'stat', label: 'Healthy', value: '99.98 %', tone: 'good' },
    ],
  };
}

function traffic(minute: number): View {
  const points = (shift: number, size: number) =>
    wave(60, minute + shift).map(
      (y, x) => [startMs + (x + minute) * 60_000, Math.round(y * size * 10) / 10] as const,
    );
  return {
    kind: 'chart',
    title: 'Latency',
    shape: 'line',
    x: 'time',
    unit: 'ms',
    series: [
      { label: 'p50', points: points(0, 3) },
      { label: 'p99', points: points(5, 9) },
    ],
  };
}

function outcomes(minute: number): View {
  const points = (shift: number, size: number) =>
    wave(30, minute + shift).map((y, x) => [startMs + (x + minute) * 60_000, Math.round(y * size)] as const);
  return {
    kind: 'chart',
    title: 'Replies by outcome',
    shape: 'bar',
    x: 'time',
    series: [
      { label: 'ok', tone: 'good', points: points(0, 20) },
      { label: 'refused', tone: 'warning', points: points(3, 5) },
      { label: 'failed', tone: 'bad', points: points(9, 2) },
    ],
  };
}

const texts = [
  'SELECT * FROM agents WHERE id = $1',
  'SELECT name, kind FROM tools WHERE agent_id = $1 ORDER BY name',
  'INSERT INTO executions (workflow_id, status) VALUES ($1, $2) RETURNING id',
  'UPDATE executions SET status = $1 WHERE id = $2',
  'SELECT count(*) FROM messages WHERE agent_id = $1 AND created_at > $2',
];

function statements(minute: number): View {
  return {
    kind: 'table',
    title: 'Statements',
    empty: 'No statement has been seen.',
    columns: [
      { label: 'Statement' },
      { label: 'Calls', align: 'end' },
      { label: 'Mean', align: 'end' },
      { label: 'State' },
    ],
    rows: Array.from({ length: 140 }, (_, index) => ({
      key: `s${index}`,
      cells: [
        { text: `${texts[index % texts.length]} -- ${index}`, code: true },
        {
          text: (index * 37 + (index % 7 === 0 ? minute : 0)).toLocaleString('en'),
          sortBy: index * 37 + minute,
        },
        { text: `${((index * 1.7) % 90) | 0} ms`, sortBy: (index * 1.7) % 90 },
        index % 9 === 0
          ? { text: 'slow', tone: 'warning' as const }
          : { text: 'fine', tone: 'good' as const },
      ],
      open: { label: 'Details', command: 'demo/details', input: { id: `s${index}` } },
      ...(index % 3 === 0 && {
        actions: [{ label: 'Explain', command: 'demo/details', input: { id: `s${index}` } }],
      }),
    })),
  };
}

const plan: View = {
  kind: 'plan',
  root: {
    label: 'Limit',
    cost: 4820,
    rows: 20,
    children: [
      {
        label: 'Sort',
        detail: 'created_at DESC',
        cost: 4818,
        rows: 20,
        children: [
          {
            label: 'Hash Join',
            detail: 'e.workflow_id = w.id',
            cost: 4700,
            rows: 1800,
            children: [
              {
                label: 'Seq Scan on executions e',
                detail: "status = 'failed'  (needs an index on (status, created_at))",
                cost: 4100,
                rows: 1800,
                isExpensive: true,
                children: [],
              },
              {
                label: 'Hash',
                cost: 120,
                rows: 300,
                children: [{ label: 'Seq Scan on workflows w', cost: 110, rows: 300, children: [] }],
              },
            ],
          },
        ],
      },
    ],
  },
};

const attack = "GET /api/search?q=' OR 1=1-- HTTP/1.1\nHost: agents.example\nX-API-Key: [masked]\n";

const code: View = {
  kind: 'columns',
  children: [
    {
      kind: 'code',
      language: 'http',
      text: attack,
      marks: [[attack.indexOf("'"), attack.indexOf('--') + 2]],
    },
    {
      kind: 'code',
      language: 'sql',
      text: "-- reached the statement's text\nSELECT id, name FROM agents\nWHERE name ILIKE '%' OR 1=1--%'\nLIMIT 20",
      marks: [[84, 93]],
    },
    {
      kind: 'code',
      language: 'json',
      text: JSON.stringify({ agent: 7, tools: ['search', 'mail'], isLive: true, cost: 0.25 }, null, 2),
    },
  ],
};

function events(minute: number): View {
  return {
    kind: 'timeline',
    empty: 'Nothing has happened yet.',
    entries: Array.from({ length: 7 + (minute % 3) }, (_, back) => {
      const index = 7 + (minute % 3) - back;
      return {
        key: `e${index}`,
        at: new Date(startMs + index * 47_000).toISOString(),
        title: ['Agent created', 'Workflow started', 'Key revoked', 'Request refused'][index % 4] ?? '',
        detail:
          [
            'agents/7 by Ada',
            'executions/1204, 5 steps',
            'ci-deploy, no longer used',
            'sql rule, query parameter q',
          ][index % 4] ?? '',
        tone: (['good', 'neutral', 'warning', 'bad'] as const)[index % 4] ?? 'neutral',
        open: { label: 'Open', command: 'demo/details', input: { id: `e${index}` } },
        actions: [
          {
            label: 'Exclude',
            command: 'demo/exclude',
            input: { id: `e${index}` },
            confirm: 'Exclude this rule here?',
          },
        ],
      };
    }),
  };
}

const flow: View = {
  kind: 'graph',
  nodes: [
    { id: 'client', label: 'Client', group: 'outside' },
    { id: 'proxy', label: 'Outrider', group: 'sidecar' },
    { id: 'backend', label: 'Agent builder', group: 'backend' },
    { id: 'tap', label: 'SQL tap', group: 'sidecar' },
    { id: 'db', label: 'PostgreSQL', group: 'data' },
    { id: 'log', label: 'Event log', group: 'sidecar' },
  ],
  edges: [
    ['client', 'proxy'],
    ['proxy', 'backend'],
    ['backend', 'tap'],
    ['tap', 'db'],
    ['proxy', 'log'],
    ['tap', 'log'],
  ],
};

const words: View = {
  kind: 'stack',
  children: [
    {
      kind: 'text',
      markdown:
        '### What this means\n\nThe statement runs **once per row** of the result before it. Read *all* of them with one `WHERE id = ANY($1)`:\n\n- 40 statements become 1\n- about 120 ms less per request\n\nSee [the manual](https://www.postgresql.org/docs/current/).\n\n<img src=x onerror=alert(1)> stays text.',
    },
    {
      kind: 'actions',
      actions: [
        { label: 'Create a key', command: 'demo/create', asks: true },
        {
          label: 'Revoke it',
          command: 'demo/exclude',
          input: { id: 'k1' },
          confirm: 'Revoke the key `ci-deploy`?',
        },
      ],
    },
    { kind: 'section', title: 'More', isOpen: false, children: [{ kind: 'text', markdown: 'Folded away.' }] },
    { kind: 'table', columns: [{ label: 'Nothing' }], rows: [], empty: 'No key has been made yet.' },
  ],
};

const reveal: View = {
  kind: 'secret',
  label: 'API key',
  value: 'or_live_0123456789abcdef',
  note: 'Copy it now: it is not shown again.',
};

/** Safe: what a newer sidecar may send; the renderer has to cope. */
const unknown = { kind: 'hologram', depth: 3 } as unknown as View;

function wave(count: number, shift: number): number[] {
  return Array.from({ length: count }, (_, at) => {
    const t = at + shift;
    return 6 + 3 * Math.sin(t / 5) + 2 * Math.sin(t / 2.3) + ((t * 7919) % 13) / 6;
  });
}
