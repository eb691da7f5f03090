import { h, type ComponentChild, type ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { Icon } from './icon.ts';
import { Button } from './toolkit.ts';

interface OverlayProps {
  readonly title: string;
  readonly children: ComponentChildren;
  readonly class?: string;
  onClose(): void;
}

/** In front of everything until answered; the browser keeps the focus inside and Escape closes it. */
export function Modal({ title, children, onClose, class: look }: OverlayProps): ComponentChild {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    dialog.current?.showModal();
    const field = dialog.current?.querySelector(firstField);
    if (field instanceof HTMLElement) field.focus();
    return () => void (before instanceof HTMLElement && before.isConnected && before.focus());
  }, []);
  return h(
    'dialog',
    { ref: dialog, class: `modal ${look ?? ''}`, 'aria-label': title, onCancel: onClose, onClose },
    h(OverlayHead, { title, onClose }),
    h('div', { class: 'overlay-body' }, children),
  );
}

/** Not the close button, where the browser would put the focus. */
const firstField =
  '[data-field] > :is(vscode-text-field, vscode-text-area, vscode-dropdown, vscode-checkbox)';

/** Beside the dashboard, which stays usable; Escape closes it. */
export function Drawer({
  title,
  children,
  onClose,
  onBack,
}: OverlayProps & { readonly onBack: (() => void) | null }): ComponentChild {
  const drawer = useRef<HTMLElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    drawer.current?.focus();
    return () => void (before instanceof HTMLElement && before.isConnected && before.focus());
  }, []);
  const press = (event: KeyboardEvent) => {
    if (event.key === 'Escape') onClose();
  };
  return h(
    'aside',
    {
      ref: drawer,
      class: 'drawer',
      role: 'dialog',
      'aria-label': title,
      tabIndex: -1,
      onKeyDown: press,
    },
    h(OverlayHead, { title, onClose, onBack }),
    h('div', { class: 'overlay-body' }, children),
  );
}

function OverlayHead(props: {
  readonly title: string;
  readonly onBack?: (() => void) | null;
  onClose(): void;
}): ComponentChild {
  return h(
    'header',
    { class: 'overlay-head' },
    props.onBack &&
      h(Button, { look: 'icon', label: 'Back', onPress: props.onBack }, h(Icon, { name: 'left' })),
    h('h2', null, props.title),
    h(
      Button,
      { look: 'icon', label: 'Close', class: 'close', onPress: props.onClose },
      h(Icon, { name: 'close' }),
    ),
  );
}
