import { h, type ComponentChild } from 'preact';
import { useContext } from 'preact/hooks';
import type { Action } from '../../shared/view.ts';
import { DrawSurroundings } from './surroundings.ts';
import { Button } from './toolkit.ts';

/** Buttons side by side; the first stands out when they are the point of the view. */
export function Actions({ actions }: { readonly actions: readonly Action[] }): ComponentChild {
  return h(
    'div',
    { class: 'actions', role: 'group' },
    actions.map((action, index) =>
      h(ActionButton, { key: actionKey(action), action, look: index === 0 ? 'primary' : 'secondary' }),
    ),
  );
}

/** The small ones at the end of a row or an entry. */
export function RowActions({ actions }: { readonly actions: readonly Action[] }): ComponentChild {
  const { act, isPast } = useContext(DrawSurroundings);
  return h(
    'span',
    { class: 'row-actions' },
    actions.map((action) =>
      h(
        'button',
        {
          key: actionKey(action),
          type: 'button',
          class: 'link-button',
          disabled: isPast,
          onClick(event: Event) {
            event.stopPropagation();
            act(action);
          },
        },
        action.label,
      ),
    ),
  );
}

export function ActionButton(props: {
  readonly action: Action;
  readonly look: 'primary' | 'secondary';
}): ComponentChild {
  const { act, isPast } = useContext(DrawSurroundings);
  return h(
    Button,
    { look: props.look, isDisabled: isPast, onPress: () => act(props.action) },
    props.action.label,
  );
}

function actionKey(action: Action): string {
  return `${action.command} ${action.label}`;
}
