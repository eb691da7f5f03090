import { GuardDenied, panel, step, type Recorded, type Row } from '../../shared/index.ts';
import { attemptOf } from './attempts.ts';
import { MatchReported, SqlReached } from './events.ts';

/** How a rule did in one field of one route. */
interface Grade {
  readonly rule: string;
  readonly route: string;
  readonly field: string;
  fired: number;
  sources: string[];
}

interface Grades {
  readonly grades: Record<string, Grade>;
  /** Classes of rules, routes and fields whose values reached a statement's text. */
  readonly reached: Record<string, number>;
}

/** Places graded, sources told apart in one, and firings from which a rule is suspected rather than the senders. */
const mostGrades = 1000;
const mostSources = 20;
const manyFirings = 10;

/**
 * Rules grade themselves: one that fires often, for many senders, in a field that never reached the text of a statement
 * is likely wrong there, and can be excluded with one click.
 */
export const gradePanel = panel<Grades>({
  id: 'false-positive-candidates',
  title: 'False-positive candidates',
  dashboard: 'security',
  initial: () => ({ grades: {}, reached: {} }),
  fold: [
    step(GuardDenied, fired),
    step(MatchReported, fired),
    step(SqlReached, (state, { data }) => {
      const key = reachKey(data);
      if (key in state.reached || Object.keys(state.reached).length < mostGrades)
        state.reached[key] = (state.reached[key] ?? 0) + 1;
      return state;
    }),
  ],
  view: ({ grades, reached }) => ({
    kind: 'table',
    columns: [
      { label: 'Rule' },
      { label: 'Route' },
      { label: 'Field' },
      { label: 'Fired', align: 'end' },
      { label: 'Sources', align: 'end' },
      { label: 'Reached SQL', align: 'end' },
    ],
    rows: Object.entries(grades)
      .filter(([, grade]) => isCandidate(grade, reached))
      .sort(([, a], [, b]) => b.fired - a.fired)
      .slice(0, 50)
      .map(([key, grade]) => rowOf(key, grade, reached)),
    empty: 'No rule looks wrong.',
  }),
});

function fired(state: Grades, event: Recorded): Grades {
  const attempt = attemptOf(event);
  if (!attempt) return state;
  const { route, details, clientAddress, count } = attempt;
  const key = `${details.rule} ${route} ${details.field}`;
  const known = state.grades[key];
  if (!known && Object.keys(state.grades).length >= mostGrades) return state;
  const grade = known ?? { rule: details.rule, route, field: details.field, fired: 0, sources: [] };
  state.grades[key] = grade;
  grade.fired += count;
  if (grade.sources.length < mostSources && !grade.sources.includes(clientAddress))
    grade.sources.push(clientAddress);
  return state;
}

/** That SQL came through a field says nothing of what a rule for commands finds in it. */
function reachKey({ rule, route, field }: Pick<Grade, 'rule' | 'route' | 'field'>): string {
  return `${rule.slice(0, rule.indexOf('/'))} ${route} ${field}`;
}

function isCandidate(grade: Grade, reached: Grades['reached']): boolean {
  const { fired: times, sources } = grade;
  return times >= manyFirings && sources.length >= 2 && !((reached[reachKey(grade)] ?? 0) > 0);
}

function rowOf(key: string, grade: Grade, reached: Grades['reached']): Row {
  const { rule, route, field, fired: times, sources } = grade;
  const firings = { text: String(times), sortBy: times };
  const reachedTimes = reached[reachKey(grade)] ?? 0;
  return {
    key,
    cells: [
      rule,
      route,
      field,
      firings,
      { text: String(sources.length), sortBy: sources.length },
      { text: String(reachedTimes), sortBy: reachedTimes },
    ],
    actions: [
      {
        label: 'Exclude',
        command: 'injection-filter/exclude',
        input: { rule, route, field },
        confirm: `${rule} fired ${times} times in ${field} of ${route} and reached SQL ${reachedTimes} times. Exclude it there?`,
      },
      {
        label: 'Try it on history',
        command: 'injection-filter/try-rules',
        input: { exclude: { rule, route, field } },
      },
    ],
  };
}
