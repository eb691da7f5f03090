import { AnyEvent, OutriderError, type Panel, type Recorded } from '../../shared/index.ts';

/** One panel's state at one position of the log: the same thing live, catching up and in the past. */
export interface PanelFold {
  readonly id: string;
  /** Changes when the panel's code or options do: a state of another version is never continued. */
  readonly version: string;
  /** Every event up to here was folded. */
  readonly position: number;
  /** Set when the fold threw: the state is not to be trusted any more and nothing further is folded. */
  readonly failure: FoldFailure | null;
  /** Names of the kinds it looks at; undefined when it looks at every kind. */
  readonly types: readonly string[] | undefined;
  /** Folds one event; false when it was of no concern, already folded, or without a position. */
  apply(event: Recorded): boolean;
  /** Says that nothing of concern lies up to this position. */
  skipTo(position: number): void;
  /** The state as JSON text. */
  stateText(): string;
  /** The view as JSON text. Throws `panel_failed` when the panel's own code does, or when it is too large. */
  view(moment: Date): string;
}

export interface FoldFailure {
  /** The event whose fold threw; the state before it was good. */
  readonly position: number;
  readonly message: string;
}

export interface FoldBase {
  readonly position: number;
  readonly state: unknown;
}

/** A view travels to every editor that watches, four times a second at most: what is larger is a mistake. */
export const maxViewBytes = 2 * 1024 * 1024;

/** A fold that goes on from a base, or from nothing. */
export function createFold(id: string, version: string, panel: Panel, base?: FoldBase): PanelFold {
  const stepsOf = stepsByType(panel);
  const types = typesOf(panel);
  let position = base?.position ?? 0;
  let failure: FoldFailure | null = null;
  let state: unknown;

  try {
    state = checked(copyOf(base ? base.state : panel.initial()));
  } catch (error) {
    failure = { position: 0, message: reasonOf(error) };
  }

  return {
    id,
    version,
    types,
    get position() {
      return position;
    },
    get failure() {
      return failure;
    },
    apply(event) {
      if (failure || event.position <= position) return false;
      const steps = stepsOf(event.type);
      try {
        for (const { next } of steps) state = checked(next(state, event));
      } catch (error) {
        failure = { position: event.position, message: reasonOf(error) };
        return true;
      }
      position = event.position;
      return steps.length > 0;
    },
    skipTo(to) {
      if (!failure && to > position) position = to;
    },
    stateText: () => JSON.stringify(state),
    view: (moment) => viewOf(id, panel, copyOf(state), moment),
  };
}

/** The kinds a panel folds that do not live for ever: what retention takes away is missing from its past. */
export function looksAtEndingKinds(panel: Panel): boolean {
  return panel.fold.some(({ over }) => over.keep !== 'forever');
}

export function reasonOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 500);
}

// The view gets a copy, so one that sorts in place cannot change what is folded next.
function viewOf(id: string, panel: Panel, state: unknown, moment: Date): string {
  const text = attemptView(id, () => JSON.stringify(panel.view(state, moment)));
  if (text === undefined) throw new OutriderError('panel_failed', `${id}: the view is not JSON.`);
  if (text.length > maxViewBytes)
    throw new OutriderError('panel_failed', `${id}: the view is larger than ${maxViewBytes} bytes.`);
  return text;
}

function attemptView(id: string, work: () => string | undefined): string | undefined {
  try {
    return work();
  } catch (cause) {
    throw new OutriderError('panel_failed', `${id}: ${reasonOf(cause)}`, { cause });
  }
}

function checked(state: unknown): unknown {
  if (state === undefined) throw new Error('The fold returned nothing instead of a state.');
  return state;
}

type Steps = Panel['fold'];

function stepsByType(panel: Panel): (type: string) => Steps {
  const named = new Set(panel.fold.map(({ over }) => over.name));
  const select = (type: string): Steps =>
    panel.fold.filter(({ over }) => over.name === type || over.name === AnyEvent.name);
  const known = new Map([...named].map((type) => [type, select(type)]));
  const any = select(AnyEvent.name);
  return (type) => known.get(type) ?? any;
}

function typesOf(panel: Panel): readonly string[] | undefined {
  const names = [...new Set(panel.fold.map(({ over }) => over.name))];
  return names.includes(AnyEvent.name) ? undefined : names;
}

function copyOf(state: unknown): unknown {
  return state === undefined ? undefined : JSON.parse(JSON.stringify(state));
}
