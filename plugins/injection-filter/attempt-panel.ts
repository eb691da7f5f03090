import { GuardDenied, panel, step, type Panel, type Recorded, type View } from '../../shared/index.ts';
import { attemptOf, type Attempt } from './attempts.ts';
import { MatchReported } from './events.ts';

/** A panel of the security dashboard over attempts, fed by refusals and by what was only told alike. */
export function attemptPanel<State>(definition: {
  readonly id: string;
  readonly title: string;
  readonly initial: () => State;
  readonly add: (state: State, attempt: Attempt) => State;
  readonly view: (state: State, moment: Date) => View;
}): Panel {
  const { id, title, initial, add, view } = definition;
  const next = (state: State, event: Recorded): State => {
    const attempt = attemptOf(event);
    return attempt ? add(state, attempt) : state;
  };
  return panel<State>({
    id,
    title,
    dashboard: 'security',
    initial,
    fold: [step(GuardDenied, next), step(MatchReported, next)],
    view,
  });
}
