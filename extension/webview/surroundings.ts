import { createContext } from 'preact';
import type { Action } from '../../shared/view.ts';
import { noChanges, type Changes } from './changes.ts';

/** What a drawn view may ask of the page around it. */
export interface DrawContext {
  act(action: Action): void;
  copy(text: string): void;
  /** What to mark because it differs from another moment. */
  readonly changes: Changes;
  /** The title drawn above already; a part with the same title does not say it again. */
  readonly title: string;
  /** A past moment is looked at, not acted upon. */
  readonly isPast: boolean;
}

export const DrawSurroundings = createContext<DrawContext>({
  act() {},
  copy() {},
  changes: noChanges,
  title: '',
  isPast: false,
});
