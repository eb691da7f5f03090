import { HttpSummary, SqlSummary } from '../../shared/index.ts';
import type { Problem, Seen } from './check-problems.ts';

/** What `outrider check --json` prints. */
export interface Report {
  readonly isPassed: boolean;
  /** True when statements went through the tap. */
  readonly isSeen: boolean;
  readonly exitCode: number;
  readonly requests: number;
  readonly statements: number;
  /** Statements that came faster than they could be kept: a failure among them was not looked at. */
  readonly sampledAway: number;
  readonly isCut: boolean;
  readonly new: readonly Problem[];
  readonly known: readonly Problem[];
  /** Keys of the baseline that were not seen this time. */
  readonly notSeen: readonly string[];
}

export function reportOf({
  problems,
  seen,
  known,
  exitCode,
  isAllowedEmpty,
}: {
  readonly problems: readonly Problem[];
  readonly seen: Seen;
  readonly known: readonly string[];
  readonly exitCode: number;
  readonly isAllowedEmpty: boolean;
}): Report {
  const baseline = new Set(known);
  const found = new Set(problems.map(({ key }) => key));
  const fresh = problems.filter(({ key }) => !baseline.has(key));
  const { requests, statements, sampledAway } = countsOf(seen);
  const isSeen = statements > 0 || isAllowedEmpty;
  return {
    isPassed: isSeen && fresh.length === 0 && exitCode === 0,
    isSeen,
    exitCode,
    requests,
    statements,
    sampledAway,
    isCut: seen.isCut,
    new: fresh,
    known: problems.filter(({ key }) => baseline.has(key)),
    notSeen: known.filter((key) => !found.has(key)),
  };
}

/** Summaries are exact, whatever was sampled away. */
function countsOf({ events }: Seen): Pick<Report, 'requests' | 'statements' | 'sampledAway'> {
  let [requests, statements, sampledAway] = [0, 0, 0];
  for (const { type, data } of events) {
    const sql = type === SqlSummary.name ? SqlSummary.schema.safeParse(data) : null;
    const http = type === HttpSummary.name ? HttpSummary.schema.safeParse(data) : null;
    if (sql?.success) {
      for (const { count } of sql.data.rows) statements += count;
      sampledAway += sql.data.sampledAway;
    }
    if (http?.success) for (const { count } of http.data.rows) requests += count;
  }
  return { requests, statements, sampledAway };
}

const kindNames = {
  'slow-query': 'Slow query',
  'n-plus-one': 'N+1',
  'failed-sql': 'Failed SQL in a good reply',
};

/** The report for a person at a terminal or in a build's log. */
export function reportText(report: Report): string {
  const { requests, statements, known, notSeen, sampledAway, isCut, isSeen, exitCode } = report;
  const lines = [
    `outrider check: ${report.isPassed ? 'passed' : 'failed'}. ${report.new.length} new, ${known.length} known; ${statements} statements, ${requests} requests.`,
    ...(isSeen ? [] : ['No statement was seen: send the traffic through the proxy and the tap.']),
    ...(exitCode === 0 ? [] : [`The command ended with exit code ${exitCode}.`]),
    ...(sampledAway > 0
      ? [`${sampledAway} statements were sampled away; a failure among them was not seen.`]
      : []),
    ...(isCut ? ['There was more than is looked at: check a shorter time.'] : []),
    ...report.new.flatMap(problemLines),
    ...(notSeen.length > 0 ? ['', `In the baseline and not seen this time: ${notSeen.join(', ')}`] : []),
  ];
  return `${lines.join('\n')}\n`;
}

function problemLines({ kind, route, text, what, times, advice }: Problem): readonly string[] {
  const where = route === null ? '' : ` at ${route}`;
  return [
    '',
    `${kindNames[kind]}${where}: ${what}${times > 1 ? `, ${times} times` : ''}`,
    `  ${oneLine(text)}`,
    ...(advice === '' ? [] : [`  ${oneLine(advice)}`]),
  ];
}

const oneLine = (text: string): string => {
  const line = text.replace(/\s+/g, ' ');
  return line.length > 300 ? `${line.slice(0, 299)}…` : line;
};
