import type { CommandInfo } from '../../shared/protocol.ts';
import type { Action, View } from '../../shared/view.ts';
import { fieldsOf, wordsOf, type Field } from '../dashboards/form-fields.ts';

/** What has to happen before an action runs. */
export type Preparation =
  | { readonly kind: 'unknown' }
  | { readonly kind: 'run' }
  | { readonly kind: 'form'; readonly fields: readonly Field[]; readonly question: string | null };

export function preparationFor(action: Action, command: CommandInfo | undefined): Preparation {
  if (command === undefined) return { kind: 'unknown' };
  const given = action.input ?? {};
  const missing = fieldsOf(command.inputSchema, given, 'missing');
  const fields =
    action.asks === true
      ? fieldsOf(command.inputSchema, given, 'all')
      : missing.length > 0
        ? fieldsOf(command.inputSchema, given, 'not-given')
        : [];
  const question = action.confirm ?? null;
  return fields.length === 0 && question === null ? { kind: 'run' } : { kind: 'form', fields, question };
}

/** How the output of a command is shown. */
export type Outcome =
  /** A view to read in peace, beside the dashboard. */
  | { readonly kind: 'drawer'; readonly title: string; readonly view: View }
  /** Shown once, in front of everything. */
  | { readonly kind: 'once'; readonly title: string; readonly view: View }
  | { readonly kind: 'notice'; readonly text: string };

export function outcomeOf(command: CommandInfo, output: unknown): Outcome {
  const view = viewIn(output);
  if (command.effect === 'secret')
    return { kind: 'once', title: command.title, view: view ?? secretView(output) };
  if (view !== null) return { kind: 'drawer', title: command.title, view };
  if (command.effect === 'read') return { kind: 'drawer', title: command.title, view: jsonView(output) };
  return { kind: 'notice', text: `${command.title}: done.` };
}

/** The output itself, or its `view`. */
function viewIn(output: unknown): View | null {
  if (isView(output)) return output;
  return isRecord(output) && isView(output.view) ? output.view : null;
}

function isView(value: unknown): value is View {
  return isRecord(value) && typeof value.kind === 'string' && viewKinds.has(value.kind);
}

const viewKinds = new Set(
  'stack columns section stat text code table chart graph timeline plan actions secret'.split(' '),
);

function jsonView(output: unknown): View {
  return { kind: 'code', language: 'json', text: JSON.stringify(output, null, 2) ?? 'null' };
}

/** A secret output without a view: each text in it is masked until asked for. */
function secretView(output: unknown): View {
  if (!isRecord(output)) return { kind: 'secret', label: 'Result', value: String(output), note: onceNote };
  const children = Object.entries(output).map(([name, value]): View => {
    const text = typeof value === 'string' ? value : JSON.stringify(value);
    return { kind: 'secret', label: wordsOf(name), value: text, note: onceNote };
  });
  return { kind: 'stack', children };
}

const onceNote = 'Copy it now: it is not shown again.';

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
