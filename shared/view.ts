/**
 * What a panel may show: data, never markup. One renderer draws every view, in VS Code and in a browser,
 * so a third-party panel is as safe and as well themed as a built-in one.
 */
export type View =
  | { readonly kind: 'stack'; readonly children: readonly View[] }
  /** Side by side where there is room, below each other where there is not. */
  | { readonly kind: 'columns'; readonly children: readonly View[] }
  | {
      readonly kind: 'section';
      readonly title: string;
      readonly children: readonly View[];
      readonly isOpen?: boolean;
    }
  | Stat
  | { readonly kind: 'text'; readonly markdown: string }
  | Code
  | Table
  | Chart
  | {
      readonly kind: 'graph';
      readonly nodes: readonly GraphNode[];
      readonly edges: readonly (readonly [from: string, to: string])[];
    }
  /** Facts in time order, the newest first. */
  | { readonly kind: 'timeline'; readonly entries: readonly TimelineEntry[]; readonly empty?: string }
  /** A query plan, or any tree whose nodes have a cost. */
  | { readonly kind: 'plan'; readonly root: PlanNode }
  | { readonly kind: 'actions'; readonly actions: readonly Action[] }
  /** Shown once, masked until asked for, with a copy button. */
  | { readonly kind: 'secret'; readonly label: string; readonly value: string; readonly note: string };

export type Tone = 'neutral' | 'good' | 'warning' | 'bad';

export interface Stat {
  readonly kind: 'stat';
  readonly label: string;
  readonly value: string;
  readonly tone?: Tone;
  /** Small print below the value. */
  readonly note?: string;
  readonly trend?: readonly number[];
}

export interface Code {
  readonly kind: 'code';
  readonly language: string;
  readonly text: string;
  /** Marked ranges as UTF-16 offsets into `text`, not overlapping. */
  readonly marks?: readonly (readonly [start: number, end: number])[];
}

export interface Table {
  readonly kind: 'table';
  readonly title?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly Row[];
  /** The sentence shown when there are no rows. */
  readonly empty?: string;
}

export interface Column {
  readonly label: string;
  /** Numbers are set right-aligned and sort as numbers. */
  readonly align?: 'start' | 'end';
}

export interface Row {
  /** Stable between two views, so a renderer keeps selection and focus. */
  readonly key: string;
  readonly cells: readonly Cell[];
  readonly actions?: readonly Action[];
  /** What a click or Enter on the row does. */
  readonly open?: Action;
}

export type Cell =
  string | { readonly text: string; readonly tone?: Tone; readonly sortBy?: number; readonly code?: boolean };

export interface Chart {
  readonly kind: 'chart';
  readonly title: string;
  readonly shape: 'line' | 'bar';
  /** What the x values are: milliseconds since 1970, or plain numbers. */
  readonly x: 'time' | 'number';
  readonly unit?: string;
  readonly series: readonly Series[];
}

export interface Series {
  readonly label: string;
  readonly tone?: Tone;
  readonly points: readonly (readonly [x: number, y: number])[];
}

export interface GraphNode {
  readonly id: string;
  readonly label: string;
  readonly group?: string;
}

export interface TimelineEntry {
  readonly key: string;
  /** ISO 8601. */
  readonly at: string;
  readonly title: string;
  readonly detail?: string;
  readonly tone?: Tone;
  readonly actions?: readonly Action[];
  readonly open?: Action;
}

export interface PlanNode {
  readonly label: string;
  readonly detail?: string;
  readonly cost?: number;
  readonly rows?: number;
  /** The node where most of the cost is. */
  readonly isExpensive?: boolean;
  readonly children: readonly PlanNode[];
}

/** A button. The renderer asks for every required input that `input` leaves out, by the command's schema. */
export interface Action {
  readonly label: string;
  /** `plugin/command`. */
  readonly command: string;
  readonly input?: Readonly<Record<string, unknown>>;
  /** A question to be answered with yes before it runs. */
  readonly confirm?: string;
  /** True to always show the form, also when every required input is given. */
  readonly asks?: boolean;
}
