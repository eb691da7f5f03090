import { OutriderError, type EventLog } from '../../shared/index.ts';
import { changesBetween, reduced, type ReplayStep, type Rules } from './replay.ts';

/** A stream folded up to a point. */
export interface Folded {
  readonly stream: string;
  /** Version and position of the last event taken in. */
  readonly version: number | null;
  readonly position: number;
  readonly events: number;
  readonly state: unknown;
  /** The last steps, the oldest first. */
  readonly steps: readonly ReplayStep[];
}

interface Request {
  readonly stream: string;
  readonly version?: number | undefined;
  readonly upTo?: number | undefined;
  readonly until?: string | undefined;
  readonly rules: Rules;
  readonly steps: number;
  readonly mostReplayed: number;
}

/** A state is rebuilt in memory, so it may not grow without end. */
const mostStateCharacters = 1024 * 1024;

/** Reads a stream from its beginning and folds it; refuses streams longer than `mostReplayed` events. */
export async function foldLog(log: EventLog, request: Request): Promise<Folded> {
  const { stream, rules, upTo } = request;
  let state: unknown = null;
  let events = 0;
  let last: { position: number; version: number | null } = { position: 0, version: null };
  const steps: ReplayStep[] = [];
  for await (const event of log.read({ stream, ...(upTo !== undefined && { upTo }) })) {
    if (isBeyond(event, request)) break;
    if (events >= request.mostReplayed)
      throw new OutriderError(
        'input_invalid',
        `${stream} has more than ${request.mostReplayed} events up to there.`,
      );
    const before = state;
    state = reduced(state, event, rules);
    events += 1;
    last = { position: event.position, version: event.streamVersion };
    if (request.steps === 0) continue;
    const changes = changesBetween(before ?? {}, state ?? {});
    steps.push({ ...last, at: event.at, type: event.type, state, changes });
    if (steps.length > request.steps) steps.shift();
    if (events % 1000 === 0) requireSmall(state, stream);
  }
  requireSmall(state, stream);
  return { stream, ...last, events, state, steps };
}

function isBeyond(event: { streamVersion: number | null; at: string }, { version, until }: Request): boolean {
  if (version !== undefined && (event.streamVersion ?? 0) > version) return true;
  return until !== undefined && Date.parse(event.at) > Date.parse(until);
}

function requireSmall(state: unknown, stream: string): void {
  if (JSON.stringify(state).length > mostStateCharacters)
    throw new OutriderError(
      'value_too_large',
      `The state of ${stream} is larger than 1 MiB; count or ignore some types.`,
    );
}
