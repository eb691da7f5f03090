import { spawn } from 'node:child_process';
import { setTimeout as wait } from 'node:timers/promises';
import { OutriderError, answers, status, type Recorded } from '../../shared/index.ts';
import { parsedArguments, type Arguments } from './arguments.ts';
import { readBaseline, writeBaseline } from './check-baseline.ts';
import { problemsOf, type Seen } from './check-problems.ts';
import { reportOf, reportText } from './check-report.ts';
import type { Console } from './console.ts';
import { runningSidecar, type RunningSidecar } from './running-sidecar.ts';

const checkFlags = {
  values: ['gateway', 'token', 'data-dir', 'seconds', 'settle', 'timeout', 'baseline'],
  switches: ['json', 'help', 'update-baseline', 'allow-empty'],
};

/** Repetitions are told about two seconds after their exchange; plans are asked for one a second. */
const defaultSettleSeconds = 4;
const defaultTimeoutSeconds = 1800;

/**
 * `outrider check [flags] -- <command…>` or `outrider check --seconds N`: watches while the command runs. Resolves
 * with the exit code: 0, 1 when something new was found or nothing was seen, or the command's own when it failed.
 */
export async function check(tokens: readonly string[], console: Console): Promise<number> {
  const given = parsedArguments(tokens, checkFlags);
  const asked = askedOf(given);
  const { baseline: file, isUpdate } = asked;
  const known = file === null ? null : await readBaseline(file, console.cwd, isUpdate);
  const sidecar = await runningSidecar({ ...console, flags: given.flags });
  await refuseBlindness(sidecar);
  const from = await headOf(sidecar);
  const exitCode = await watched(asked, console);
  await settled(sidecar, asked.settleMs);
  const seen = await seenSince(sidecar, from);
  const problems = problemsOf(seen);
  const report = reportOf({
    problems,
    seen,
    known: known ?? [],
    exitCode,
    isAllowedEmpty: asked.isAllowedEmpty,
  });
  if (file !== null && isUpdate) await writeBaseline(file, console.cwd, known ?? [], problems);
  console.out(asked.isJson ? `${JSON.stringify(report)}\n` : reportText(report));
  if (exitCode !== 0) return exitCode;
  return report.isPassed || (isUpdate && report.isSeen) ? 0 : 1;
}

interface Asked {
  readonly command: readonly string[];
  readonly seconds: number;
  readonly settleMs: number;
  readonly timeoutMs: number;
  readonly baseline: string | null;
  readonly isUpdate: boolean;
  readonly isJson: boolean;
  readonly isAllowedEmpty: boolean;
}

function askedOf({ words, flags }: Arguments): Asked {
  const hasSeconds = flags['seconds'] !== undefined;
  if (words.length > 0 === hasSeconds) {
    throw new OutriderError('usage', 'Write `outrider check -- <command…>` or `outrider check --seconds N`.');
  }
  const baseline = typeof flags['baseline'] === 'string' ? flags['baseline'] : null;
  const isUpdate = flags['update-baseline'] === true;
  if (isUpdate && baseline === null)
    throw new OutriderError('usage', '--update-baseline needs --baseline FILE.');
  return {
    command: words,
    seconds: secondsIn(flags, 'seconds', 0),
    settleMs: secondsIn(flags, 'settle', defaultSettleSeconds) * 1000,
    timeoutMs: secondsIn(flags, 'timeout', defaultTimeoutSeconds) * 1000,
    baseline,
    isUpdate,
    isJson: flags['json'] === true,
    isAllowedEmpty: flags['allow-empty'] === true,
  };
}

function secondsIn(flags: Arguments['flags'], name: string, otherwise: number): number {
  const given = flags[name];
  if (given === undefined) return otherwise;
  const seconds = Number(given);
  if (Number.isFinite(seconds) && seconds >= 0 && seconds <= 86_400) return seconds;
  throw new OutriderError('usage', `--${name} is a number of seconds, at most a day.`);
}

/** A gate that cannot see must not pass. */
async function refuseBlindness(sidecar: RunningSidecar): Promise<void> {
  const { plugins } = answers.plugins.parse(await sidecar.get('/api/plugins'));
  const running = new Set(plugins.filter(({ state }) => state === 'running').map(({ name }) => name));
  const missing = ['slow-queries', 'n-plus-one'].filter((name) => !running.has(name));
  if (missing.length > 0)
    throw new OutriderError(
      'usage',
      `The sidecar runs without ${missing.join(' and ')}, so it cannot check.`,
    );
  const { addresses } = status.parse(await sidecar.get('/api/status'));
  if (addresses.sql === null)
    throw new OutriderError('usage', 'The sidecar has no SQL tap (sql.upstream), so it cannot check.');
}

/** Runs the command, or waits, and resolves with the exit code. With `--json` the command's output goes to stderr. */
function watched({ command, seconds, timeoutMs, isJson }: Asked, { cwd, env }: Console): Promise<number> {
  const [file, ...rest] = command;
  if (file === undefined) return wait(seconds * 1000, 0);
  return new Promise((resolve, reject) => {
    const child = spawn(file, rest, {
      cwd,
      env: { ...env },
      stdio: ['inherit', isJson ? 2 : 'inherit', 'inherit'],
    });
    // Not spawn's own `timeout`: its timer stays when the program cannot be started, and keeps the process alive.
    const timer = setTimeout(() => child.kill(), timeoutMs);
    child.once('error', (cause) => {
      clearTimeout(timer);
      reject(new OutriderError('usage', `${file} could not be started: ${cause.message}.`, { cause }));
    });
    child.once('exit', (code) => {
      clearTimeout(timer);
      resolve(code ?? 1);
    });
  });
}

/** Gives what is in flight the time to be recorded and judged. */
async function settled(sidecar: RunningSidecar, settleMs: number): Promise<void> {
  await wait(settleMs);
  for (let tries = 0; tries < 50; tries += 1) {
    const { log } = status.parse(await sidecar.get('/api/status'));
    if (log.queued === 0) return;
    await wait(100);
  }
}

async function headOf(sidecar: RunningSidecar): Promise<number> {
  return answers.events.parse(await sidecar.get('/api/events?limit=1&backward=true')).head;
}

const watchedTypes = [
  'slow-queries/seen',
  'n-plus-one/seen',
  'sql/finished',
  'sql/summary',
  'http/summary',
] as const;

/** A longer check is judged by its first events, and its report says so. */
const mostEvents = 500_000;
const pageSize = 1000;
/** Exchanges with failed statements whose reply is looked up. */
const mostExchanges = 500;

async function seenSince(sidecar: RunningSidecar, from: number): Promise<Seen> {
  const types = watchedTypes.map((type) => `type=${encodeURIComponent(type)}`).join('&');
  const events: Recorded[] = [];
  let after = from;
  for (let read = 0; read < mostEvents;) {
    const address = `/api/events?${types}&after=${after}&limit=${pageSize}`;
    const { events: page } = answers.events.parse(await sidecar.get(address));
    // Statements that neither failed nor were slow are most of the log and prove nothing.
    events.push(...page.filter(isOfInterest));
    read += page.length;
    after = page.at(-1)?.position ?? after;
    if (page.length < pageSize) return withReplies(sidecar, events, false);
  }
  return withReplies(sidecar, events, true);
}

function isOfInterest({ type, data }: Recorded): boolean {
  return type !== 'sql/finished' || (typeof data === 'object' && data !== null && 'error' in data);
}

async function withReplies(
  sidecar: RunningSidecar,
  events: readonly Recorded[],
  isCut: boolean,
): Promise<Seen> {
  const failed = events.filter(({ type }) => type === 'sql/finished').map(({ exchangeId }) => exchangeId);
  const ids = [...new Set(failed.filter((id) => id !== null))];
  const replies: Recorded[] = [];
  for (const id of ids.slice(0, mostExchanges)) {
    const address = `/api/events?type=http%2Ffinished&exchangeId=${encodeURIComponent(id)}&limit=1`;
    replies.push(...answers.events.parse(await sidecar.get(address)).events);
  }
  const findings = answers.findings.parse(await sidecar.get('/api/findings')).findings;
  return { events, replies, findings, isCut: isCut || ids.length > mostExchanges };
}
