import { z } from 'zod';
import {
  HttpFinished,
  SqlFinished,
  readableSql,
  type OpenFinding,
  type Recorded,
} from '../../shared/index.ts';

/** What was recorded while the sidecar watched. */
export interface Seen {
  readonly events: readonly Recorded[];
  /** The replies of exchanges with failed statements. */
  readonly replies: readonly Recorded[];
  readonly findings: readonly OpenFinding[];
  /** True when there was more than is looked at. */
  readonly isCut: boolean;
}

/** One thing that is wrong, however often it was seen. */
export interface Problem {
  /** The same in every run, so that a baseline can name it. */
  readonly key: string;
  readonly kind: 'slow-query' | 'n-plus-one' | 'failed-sql';
  readonly fingerprint: string;
  readonly text: string;
  /** Null where it is not tied to a request. */
  readonly route: string | null;
  readonly times: number;
  /** One sentence: how bad it is. */
  readonly what: string;
  readonly advice: string;
}

/** What the two plugins record, as far as it is needed here; the sidecar does not import plugins. */
const slowSeen = z.object({ fingerprint: z.string(), text: z.string(), durationMs: z.number() });
const repetitionSeen = z.object({
  kind: z.string(),
  route: z.string(),
  fingerprint: z.string(),
  text: z.string(),
  count: z.number(),
  totalMs: z.number(),
  fix: z.string(),
});

/** Serialization failures and deadlocks are there to be tried again (PostgreSQL class 40). */
const retried = new Set(['40001', '40P01']);

/** Slow queries, N+1s, and statements that failed while the reply said all is well; each once. */
export function problemsOf(seen: Seen): readonly Problem[] {
  const problems = new Map<string, Problem>();
  for (const problem of [...slowOnes(seen), ...repetitions(seen), ...failures(seen)]) {
    const before = problems.get(problem.key);
    problems.set(problem.key, { ...problem, times: (before?.times ?? 0) + 1 });
  }
  return [...problems.values()];
}

function slowOnes({ events, findings }: Seen): readonly Problem[] {
  const slow = parsedOf(events, 'slow-queries/seen', slowSeen);
  const longest = new Map<string, number>();
  for (const { fingerprint, durationMs } of slow)
    longest.set(fingerprint, Math.max(durationMs, longest.get(fingerprint) ?? 0));
  return slow.map(({ fingerprint, text }) => ({
    key: `slow-query ${fingerprint}`,
    kind: 'slow-query',
    fingerprint,
    text: readableSql(text),
    route: null,
    times: 1,
    what: `took up to ${Math.round(longest.get(fingerprint) ?? 0)} ms`,
    advice: findings.find(({ key }) => key === `slow-queries/slow:${fingerprint}`)?.advice ?? '',
  }));
}

function repetitions({ events }: Seen): readonly Problem[] {
  return parsedOf(events, 'n-plus-one/seen', repetitionSeen)
    .filter(({ kind }) => kind === 'n-plus-one')
    .map(({ fingerprint, text, route, count, totalMs, fix }) => ({
      key: `n-plus-one ${route} ${fingerprint}`,
      kind: 'n-plus-one',
      fingerprint,
      text: readableSql(text),
      route,
      times: 1,
      what: `sent ${count} times within one request, ${Math.round(totalMs)} ms`,
      advice: fix,
    }));
}

function failures({ events, replies }: Seen): readonly Problem[] {
  const answered = new Map(
    parsedOf(replies, HttpFinished.name, HttpFinished.schema).map((each) => [each.exchangeId, each]),
  );
  return parsedOf(events, SqlFinished.name, SqlFinished.schema).flatMap(
    ({ error, exchangeId, fingerprint, text }): readonly Problem[] => {
      const reply = exchangeId === null ? undefined : answered.get(exchangeId);
      if (!error || !reply || reply.status < 200 || reply.status > 299 || retried.has(error.sqlstate))
        return [];
      const route = `${reply.method} ${reply.route}`;
      return [
        {
          key: `failed-sql ${error.sqlstate} ${route} ${fingerprint}`,
          kind: 'failed-sql',
          fingerprint,
          text: readableSql(text),
          route,
          times: 1,
          what: `failed (${error.sqlstate}: ${error.message}) and the reply was ${reply.status}`,
          advice: 'Answer with an error status, or do not send the statement.',
        },
      ];
    },
  );
}

/** What does not have the shape that is looked for was recorded by another version: it is left out. */
function parsedOf<T>(events: readonly Recorded[], type: string, schema: z.ZodType<T>): readonly T[] {
  return events.flatMap((event) => {
    const parsed = event.type === type ? schema.safeParse(event.data) : null;
    return parsed?.success ? [parsed.data] : [];
  });
}
