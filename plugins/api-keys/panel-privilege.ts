import { panel, type Row, type View } from '../../shared/index.ts';
import { keysOf, knownAtFirst, knownKeys, knownUsage, type Known } from './known-keys.ts';
import { statusOf, type PublicKey } from './key-record.ts';
import { scopePattern, scopeSet } from './scopes.ts';
import type { KeyUsage } from './usage.ts';

const dayMs = 86_400_000;
const lookedBackDays = 30;
/** A key that was hardly used tells nothing about what it needs. */
const leastRequests = 20;
const mostRoutes = 50;

/** What each key may do and never does: narrower scopes from what was really used. */
export const privilegePanel = panel<Known>({
  id: 'least-privilege',
  title: 'Least privilege, from use',
  dashboard: 'keys',
  initial: knownAtFirst,
  fold: [...knownKeys, ...knownUsage],
  view: (known, moment): View => ({
    kind: 'table',
    columns: [
      { label: 'Key' },
      { label: 'May' },
      { label: `Used in ${lookedBackDays} days` },
      { label: 'Never used' },
      { label: 'Watched since' },
    ],
    rows: keysOf(known).flatMap((key) => suggestionFor(key, known.usage[key.id], moment.getTime())),
    empty: 'Every key uses what it may, or was not watched for long enough to tell.',
  }),
});

function suggestionFor(key: PublicKey, usage: KeyUsage | undefined, nowMs: number): readonly Row[] {
  if (!usage || statusOf(key, nowMs) !== 'active') return [];
  const fromMs = nowMs - lookedBackDays * dayMs;
  const used = Object.entries(usage.routes).filter(
    ([, each]) => each.requests > each.refusals && Date.parse(each.lastAt) >= fromMs,
  );
  const requests = used.reduce((sum, [, each]) => sum + each.requests, 0);
  const scopes = used.map(([route]) => route).sort();
  // Routes that are added up, or that no scope can name, would be taken away from the key.
  const isTold =
    scopes.length > 0 &&
    scopes.length <= mostRoutes &&
    scopes.every((each) => scopePattern.safeParse(each).success);
  if (requests < leastRequests || !isTold || isSame(scopes, key.scopes)) return [];
  const watchedMs = Math.max(Date.parse(key.createdAt), usage.days[0]?.atMs ?? 0);
  return [
    {
      key: key.id,
      cells: [
        `${key.label} (${key.start}…)`,
        { text: key.scopes.join(', '), code: true },
        { text: scopes.join(', '), code: true },
        { text: neverUsed(key.scopes, scopes), code: true, tone: 'warning' },
        new Date(watchedMs).toISOString().slice(0, 10),
      ],
      actions: [
        {
          label: 'Narrow to these',
          command: 'api-keys/update',
          input: { id: key.id, scopes },
          confirm: `Let “${key.label}” do only this: ${scopes.join(', ')}?${rarelyText(watchedMs, nowMs)}`,
        },
      ],
    },
  ];
}

/** What may go: a scope that covers no route that was used, or what is more than those routes. */
function neverUsed(granted: readonly string[], used: readonly string[]): string {
  if (granted.includes('*')) return 'everything else';
  const unused = granted.filter((scope) => {
    const { allows } = scopeSet([scope]);
    return !used.some((route) => allows(...partsOf(route)));
  });
  return unused.length > 0 ? unused.join(', ') : 'other routes of these';
}

function partsOf(route: string): readonly [method: string, path: string] {
  const space = route.indexOf(' ');
  return [route.slice(0, space), route.slice(space + 1)];
}

/** Who was watched for a few days only may do other things once a month. */
function rarelyText(watchedMs: number, nowMs: number): string {
  const days = Math.floor((nowMs - watchedMs) / dayMs);
  if (days >= lookedBackDays) return '';
  const watched = days === 0 ? 'less than a day' : days === 1 ? 'a day' : `${days} days`;
  return ` It was watched for ${watched} only: what it does more rarely will be refused.`;
}

function isSame(used: readonly string[], granted: readonly string[]): boolean {
  return used.length === granted.length && used.every((each) => granted.includes(each));
}
