import { h, type ComponentChild } from 'preact';
import { Icon } from './icon.ts';
import { Button } from './toolkit.ts';

export interface Notice {
  readonly id: number;
  readonly text: string;
  readonly tone: 'good' | 'bad';
}

interface NoticesProps {
  readonly notices: readonly Notice[];
  onClose(id: number): void;
}

/** Small words at the lower edge: what was done politely, what went wrong at once. */
export function Notices({ notices, onClose }: NoticesProps): ComponentChild {
  return h(
    'div',
    { class: 'notices', 'aria-live': 'polite' },
    notices.map(({ id, text, tone }) =>
      h(
        'div',
        { key: id, class: `notice tone-${tone}`, role: tone === 'bad' ? 'alert' : 'status' },
        h(Icon, { name: tone === 'bad' ? 'error' : 'check' }),
        h('span', null, text),
        h(Button, { look: 'icon', label: 'Dismiss', onPress: () => onClose(id) }, h(Icon, { name: 'close' })),
      ),
    ),
  );
}
