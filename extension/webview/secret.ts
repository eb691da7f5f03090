import { h, type ComponentChild } from 'preact';
import { useContext, useState } from 'preact/hooks';
import { CopyButton } from './copy-button.ts';
import { Icon } from './icon.ts';
import { DrawSurroundings } from './surroundings.ts';
import { Button } from './toolkit.ts';

interface SecretProps {
  readonly label: string;
  readonly value: string;
  readonly note: string;
}

/** Masked until asked for; the mask does not tell the length. */
export function SecretView({ label, value, note }: SecretProps): ComponentChild {
  const { copy } = useContext(DrawSurroundings);
  const [isShown, setShown] = useState(false);
  return h(
    'div',
    { class: 'secret' },
    h('div', { class: 'secret-label' }, label),
    h(
      'div',
      { class: 'secret-line' },
      h(
        'code',
        { class: 'secret-value', 'data-secret': isShown ? 'shown' : 'masked' },
        isShown ? value : mask,
      ),
      h(
        Button,
        {
          look: 'icon',
          label: isShown ? 'Hide' : 'Reveal',
          isPressed: isShown,
          onPress: () => setShown(!isShown),
        },
        h(Icon, { name: 'eye' }),
      ),
      h(CopyButton, { label: `Copy ${label}`, text: () => value, copy }),
    ),
    h('p', { class: 'secret-note' }, note),
  );
}

const mask = '•'.repeat(24);
