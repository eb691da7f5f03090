import { suggestionsSchema } from '../../shared/command.ts';
import type { CommandInfo } from '../../shared/protocol.ts';
import type { Action, View } from '../../shared/view.ts';
import type { ShownProblem } from '../dashboards/messages.ts';
import { allFields, type Field } from '../dashboards/form-fields.ts';
import type { Notice } from './notices.ts';
import { Refused, type Asker } from './port.ts';
import { outcomeOf, preparationFor } from './running.ts';

/** What lies on top of a dashboard: a form, a secret, the drawer with details, notices. */
export interface Desk {
  readonly form: OpenForm | null;
  readonly once: { readonly title: string; readonly view: View } | null;
  readonly drawer: readonly Page[];
  readonly notices: readonly Notice[];
}

export interface OpenForm {
  readonly id: number;
  readonly action: Action;
  readonly command: CommandInfo;
  readonly fields: readonly Field[];
  /** Values offered for fields, by field name; they come after the form is there. */
  readonly suggestions: Readonly<Record<string, readonly string[]>>;
  readonly question: string | null;
  readonly isRunning: boolean;
  readonly refusal: { readonly message: string; readonly byField: Readonly<Record<string, string>> } | null;
}

/** A page of the drawer, and the action that can draw it anew. */
export interface Page {
  readonly title: string;
  readonly view: View;
  readonly action: Action;
}

export const emptyDesk: Desk = { form: null, once: null, drawer: [], notices: [] };

export interface DeskWorker {
  act(action: Action): void;
  submit(input: Readonly<Record<string, unknown>>): void;
  closeForm(): void;
  closeOnce(): void;
  closeDrawer(): void;
  back(): void;
  tell(text: string, tone: Notice['tone']): void;
  dismiss(id: number): void;
}

export interface DeskOptions {
  readonly asker: Pick<Asker, 'ask'>;
  command(id: string): CommandInfo | undefined;
  onChange(desk: Desk): void;
  /** Calls once after a time. */
  after(ms: number, call: () => void): void;
}

const noticeMs = 6_000;
const maxNotices = 4;
const maxPages = 20;
const maxSuggestions = 500;

/** Runs actions: asks what is missing, confirms, runs, and shows what came of it. */
export function deskWorker(options: DeskOptions): DeskWorker {
  let desk = emptyDesk;
  let lastId = 0;
  const change = (part: Partial<Desk>) => {
    desk = { ...desk, ...part };
    options.onChange(desk);
  };

  return {
    act,
    submit,
    closeForm: () => change({ form: null }),
    closeOnce: () => change({ once: null }),
    closeDrawer: () => change({ drawer: [] }),
    back: () => change({ drawer: desk.drawer.slice(0, -1) }),
    tell,
    dismiss,
  };

  function act(action: Action) {
    const command = options.command(action.command);
    const preparation = preparationFor(action, command);
    if (command === undefined || preparation.kind === 'unknown')
      return tell(`There is no command ${action.command}: its plugin is not running.`, 'bad');
    if (preparation.kind === 'run') return void runNow(action, command);
    const { fields, question } = preparation;
    const id = ++lastId;
    change({
      form: { id, action, command, fields, suggestions: {}, question, isRunning: false, refusal: null },
    });
    for (const field of allFields(fields)) if (field.suggestedBy !== null) void suggest(id, field);
  }

  /** Without suggestions a form still works, so a refusal only leaves them out. */
  async function suggest(formId: number, { name, suggestedBy }: Field) {
    const command = suggestedBy === null ? undefined : options.command(suggestedBy);
    if (command?.effect !== 'read') return;
    const answer = suggestionsSchema.safeParse(
      await run({ label: '', command: command.id }, {}).catch(() => null),
    );
    const { form } = desk;
    if (!answer.success || form?.id !== formId) return;
    const offered = answer.data.suggestions.slice(0, maxSuggestions);
    change({ form: { ...form, suggestions: { ...form.suggestions, [name]: offered } } });
  }

  async function runNow(action: Action, command: CommandInfo) {
    try {
      show(action, command, await run(action, {}));
    } catch (error) {
      tell(problemOf(error).message, 'bad');
    }
  }

  async function submit(input: Readonly<Record<string, unknown>>) {
    const { form } = desk;
    if (form === null) return;
    change({ form: { ...form, isRunning: true, refusal: null } });
    const { action, command } = form;
    try {
      const output = await run(action, input);
      if (desk.form?.id === form.id) change({ form: null });
      const asked = { ...action, input: { ...action.input, ...input } };
      show(asked, command, output);
    } catch (error) {
      if (desk.form?.id !== form.id) return tell(problemOf(error).message, 'bad');
      change({ form: { ...form, isRunning: false, refusal: refusalOf(problemOf(error), form.fields) } });
    }
  }

  function run(action: Action, input: Readonly<Record<string, unknown>>): Promise<unknown> {
    const whole = { ...action.input, ...input };
    return options.asker.ask({ what: 'run', command: action.command, input: whole });
  }

  function show(action: Action, command: CommandInfo, output: unknown) {
    const outcome = outcomeOf(command, output);
    if (outcome.kind === 'notice') tell(outcome.text, 'good');
    if (outcome.kind === 'once') change({ once: outcome });
    if (outcome.kind === 'drawer') {
      const page = { title: outcome.title, view: outcome.view, action: withoutQuestions(action) };
      return change({ drawer: [...desk.drawer.slice(1 - maxPages), page] });
    }
    void drawAnew();
  }

  /** Something was changed: what the drawer shows may be old. */
  async function drawAnew() {
    const page = desk.drawer.at(-1);
    const command = page === undefined ? undefined : options.command(page.action.command);
    if (page === undefined || command === undefined) return;
    try {
      const outcome = outcomeOf(command, await run(page.action, {}));
      if (outcome.kind === 'drawer' && desk.drawer.at(-1) === page)
        change({ drawer: [...desk.drawer.slice(0, -1), { ...page, view: outcome.view }] });
    } catch (error) {
      tell(`The details could not be drawn anew. ${problemOf(error).message}`, 'bad');
    }
  }

  function tell(text: string, tone: Notice['tone']) {
    const id = ++lastId;
    change({ notices: [...desk.notices.slice(1 - maxNotices), { id, text, tone }] });
    if (tone === 'good') options.after(noticeMs, () => dismiss(id));
  }

  function dismiss(id: number) {
    change({ notices: desk.notices.filter((notice) => notice.id !== id) });
  }
}

function withoutQuestions({ label, command, input }: Action): Action {
  return { label, command, ...(input !== undefined && { input }) };
}

function problemOf(error: unknown): ShownProblem {
  if (error instanceof Refused) return error.problem;
  return { code: 'internal', message: error instanceof Error ? error.message : String(error), issues: [] };
}

/** What is wrong with a field is said at the field, the rest below the form. */
function refusalOf({ message, issues }: ShownProblem, fields: readonly Field[]) {
  const names = new Set(allFields(fields).map(({ name }) => name));
  const byField: Record<string, string> = {};
  const others: string[] = [];
  for (const { path, message: reason } of issues) {
    const name = [path, path.split('.')[0] ?? ''].find((each) => names.has(each));
    if (name !== undefined) byField[name] ??= reason;
    else if (!message.includes(reason)) others.push(`${path}: ${reason}`);
  }
  const isAllMarked = issues.length > 0 && Object.keys(byField).length === issues.length;
  return { message: isAllMarked ? 'Correct what is marked.' : [message, ...others].join(' '), byField };
}
