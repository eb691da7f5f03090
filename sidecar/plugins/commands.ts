import {
  CommandRun,
  inputSentence,
  issueText,
  issuesOf,
  OutriderError,
  errorTable,
  type Command,
  type Principal,
} from '../../shared/index.ts';
import type { Recorder } from '../record/recorder.ts';
import { within, type Clock } from './clock.ts';
import { outriderErrorOf } from './foreign-error.ts';
import { reasonOf } from './guardrail.ts';
import type { Busy, RailedCommand } from './instance.ts';
import { maskedData, maskedText, secretFieldsOf } from './masking.ts';
import { policy } from './policy.ts';

/** A command found behind its address, with what keeps its plugin from being stopped meanwhile. */
export interface FoundCommand extends RailedCommand {
  readonly busy: Busy | null;
}

export interface CommandRunner {
  run(id: string, input: unknown, actor: Principal, signal?: AbortSignal): Promise<unknown>;
}

type CommandOutcome = 'done' | 'refused' | 'failed';

/** Runs commands: input by schema, at most 30 s, always recorded, answered once what was recorded is durable. */
export function createCommandRunner(
  find: (id: string) => FoundCommand | undefined,
  recorder: Pick<Recorder, 'record' | 'flushed' | 'kept'>,
  clock: Clock,
  warn: (message: string, fields: object) => void,
): CommandRunner {
  async function run(id: string, input: unknown, actor: Principal, signal?: AbortSignal): Promise<unknown> {
    const found = find(id);
    if (!found) throw new OutriderError('command_unknown', id);
    const startedMs = performance.now();
    const audit = (outcome: CommandOutcome, error?: OutriderError) =>
      recorder.record(CommandRun, {
        command: id,
        actor,
        input: maskedData(input ?? {}, secretFieldsOf(found.inputSchema)),
        outcome,
        ...(error && { error: maskedText(`${error.code}: ${error.message}`) }),
        durationMs: Math.round(performance.now() - startedMs),
      });
    const output = await answered(id, found, input, actor, signal).catch((error: unknown) => {
      const told = toldError(id, error);
      audit(errorTable[told.code].status < 500 ? 'refused' : 'failed', told);
      throw told;
    });
    audit('done');
    await durable(found.command);
    return output;
  }

  async function answered(
    id: string,
    { command, busy }: FoundCommand,
    input: unknown,
    actor: Principal,
    outside?: AbortSignal,
  ): Promise<unknown> {
    const parsed = command.input.safeParse(input ?? {}, { error: inputSentence });
    if (!parsed.success) throw invalid(id, parsed.error);
    const limit = new AbortController();
    const signal = outside ? AbortSignal.any([outside, limit.signal]) : limit.signal;
    busy?.enter();
    const pending = (async () => command.run(parsed.data, { actor, signal }))();
    void pending.catch(() => undefined).finally(() => busy?.leave());
    try {
      return jsonOf(
        await within(clock, policy.commandMs, pending, () => new OutriderError('command_timeout', id)),
      );
    } finally {
      limit.abort();
    }
  }

  /** A read changed nothing, so its audit entry may wait in the spool while the store is away. */
  async function durable({ effect }: Command): Promise<void> {
    if (effect === 'read') await recorder.kept(policy.flushMs);
    else await recorder.flushed(policy.flushMs);
  }

  /** The error whoever asked is told. What a plugin did not mean for them goes to the operator's log instead. */
  function toldError(id: string, error: unknown): OutriderError {
    const known = outriderErrorOf(error);
    if (known && errorTable[known.code].audience === 'user') return known;
    warn('A command failed.', { command: id, reason: reasonOf(error), stack: stackOf(error) });
    return new OutriderError('command_failed', id, { cause: error });
  }

  return { run };
}

/** The command with a sentence for each wrong field. */
function invalid(id: string, error: Parameters<typeof issuesOf>[0]): OutriderError {
  const issues = issuesOf(error);
  return new OutriderError('input_invalid', `${id}: ${issues.map(issueText).join(' ')}`, { issues });
}

/** Output is plain JSON, so what a caller in the process sees is what one over HTTP sees. */
const jsonOf = (value: unknown): unknown =>
  value === undefined ? null : (JSON.parse(JSON.stringify(value)) as unknown);

const stackOf = (error: unknown): string | undefined => (error instanceof Error ? error.stack : undefined);
