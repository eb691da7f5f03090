import { z } from 'zod';
import type { Principal } from './exchange.ts';
import type { View } from './view.ts';

/** `read` changes nothing, `change` does, `secret` also keeps its output out of the log. */
export type Effect = 'read' | 'change' | 'secret';

/** Defined once: one schema gives the HTTP endpoint, the editor's command, the CLI sub-command and the audit entry. */
export interface Command {
  readonly title: string;
  /** A sentence for the OpenAPI document and the CLI's help. */
  readonly summary?: string;
  readonly input: z.ZodType;
  readonly effect: Effect;
  /** A second spelling on the command line, e.g. `keys create`. */
  readonly cli?: string;
  /** A second address on the gateway, as an existing front end expects it, e.g. `POST /api/security/api-keys/:id/rotate`. */
  readonly http?: {
    readonly method: 'GET' | 'POST' | 'PATCH' | 'DELETE';
    readonly path: string;
    readonly status?: number;
  };
  /** True when the output is a `View` for a person to look at. */
  readonly returnsView: boolean;
  /** Output is plain JSON. Throws `OutriderError` for whatever the caller can mend. */
  run(input: unknown, context: CommandContext): Promise<unknown>;
}

export interface CommandContext {
  readonly actor: Principal;
  readonly signal: AbortSignal;
}

/** The keyword of a field's JSON schema that names the command whose answer offers values for it. */
export const suggestedByKeyword = 'x-suggested-by';

/** What such a command answers; it takes `{}`. At most the first 500 are offered. */
export const suggestionsSchema = z.object({ suggestions: z.array(z.string()) });

/** For `.meta(…)` of a field: forms offer what this read command (`plugin/command`) suggests. Anything else stays allowed. */
export function suggestedBy(commandId: string): Readonly<Record<string, string>> {
  return { [suggestedByKeyword]: commandId };
}

/** The keyword of a field that says what a command is about, such as the id of a row. */
export const subjectKeyword = 'x-subject';

/** For `.meta(…)` of a field: a form does not ask for it when the action gives it. */
export function subject(): Readonly<Record<string, unknown>> {
  return { [subjectKeyword]: true };
}

/** The keyword of a field's JSON schema with the value a form begins with. */
export const offeredKeyword = 'x-offered';

/** For `.meta(…)` of a field: a form begins with this value, for a person to keep or to clear. It is no default: left out is left out. */
export function offered(value: string | number): Readonly<Record<string, unknown>> {
  return { [offeredKeyword]: value };
}

interface Definition<Input extends z.ZodType, Output> extends Omit<Command, 'input' | 'run' | 'returnsView'> {
  readonly input: Input;
  run(input: z.output<Input>, context: CommandContext): Promise<Output> | Output;
}

export function command<Input extends z.ZodType, Output>(definition: Definition<Input, Output>): Command {
  return {
    ...definition,
    returnsView: false,
    run: async (input, context) => definition.run(input as z.output<Input>, context),
  };
}

/** A read command whose output is drawn for a person: the details behind a row. */
export function viewCommand<Input extends z.ZodType>(
  definition: Omit<Definition<Input, View>, 'effect'>,
): Command {
  return { ...command({ ...definition, effect: 'read' }), returnsView: true };
}
