import {
  provideVSCodeDesignSystem,
  vsCodeBadge,
  vsCodeButton,
  vsCodeCheckbox,
  vsCodeDropdown,
  vsCodeLink,
  vsCodeOption,
  vsCodeProgressRing,
  vsCodeTextArea,
  vsCodeTextField,
} from '@vscode/webview-ui-toolkit';
import { useEffect, useRef } from 'preact/hooks';
import { h, type ComponentChildren, type ComponentChild } from 'preact';

/**
 * The only file that knows the UI kit. It is no longer maintained, so everything else asks for these components and
 * another kit can stand behind them.
 */
export function registerToolkit(): void {
  provideVSCodeDesignSystem().register(
    vsCodeBadge(),
    vsCodeButton(),
    vsCodeCheckbox(),
    vsCodeDropdown(),
    vsCodeLink(),
    vsCodeOption(),
    vsCodeProgressRing(),
    vsCodeTextArea(),
    vsCodeTextField(),
  );
}

export interface ButtonProps {
  readonly children?: ComponentChildren;
  readonly look?: 'primary' | 'secondary' | 'icon';
  /** Needed when the button shows only an icon. */
  readonly label?: string;
  readonly isDisabled?: boolean;
  readonly isPressed?: boolean;
  readonly isSubmit?: boolean;
  readonly class?: string;
  onPress?(event: Event): void;
}

export function Button(props: ButtonProps): ComponentChild {
  return h(
    'vscode-button',
    {
      appearance: props.look ?? 'secondary',
      type: props.isSubmit ? 'submit' : 'button',
      disabled: props.isDisabled ?? false,
      class: props.class,
      title: props.label,
      'aria-label': props.label,
      'aria-pressed': props.isPressed,
      onClick: props.onPress,
    },
    props.children,
  );
}

export interface TextFieldProps {
  readonly label?: string;
  /** The name for a screen reader when no label is drawn. */
  readonly name?: string;
  readonly value: string;
  readonly placeholder?: string;
  readonly isSecret?: boolean;
  readonly isDisabled?: boolean;
  readonly class?: string;
  readonly describedBy?: string;
  onValue(value: string): void;
  onKeyDown?(event: KeyboardEvent): void;
}

export function TextField(props: TextFieldProps): ComponentChild {
  return h(
    'vscode-text-field',
    { ...fieldProps(props), type: props.isSecret ? 'password' : 'text' },
    props.label,
  );
}

export function TextArea(props: TextFieldProps & { readonly rows?: number }): ComponentChild {
  return h(
    'vscode-text-area',
    { ...fieldProps(props), rows: props.rows ?? 4, resize: 'vertical' },
    props.label,
  );
}

function fieldProps(props: TextFieldProps) {
  return {
    value: props.value,
    placeholder: props.placeholder ?? '',
    class: props.class,
    disabled: props.isDisabled ?? false,
    'aria-label': props.name ?? props.label,
    'aria-describedby': props.describedBy,
    onInput: (event: Event) => props.onValue(valueIn(event)),
    onKeyDown: props.onKeyDown,
  };
}

export interface CheckboxProps {
  readonly label: string;
  readonly isChecked: boolean;
  onChecked(isChecked: boolean): void;
}

export function Checkbox({ label, isChecked, onChecked }: CheckboxProps): ComponentChild {
  const changed = (event: Event) =>
    onChecked('checked' in elementOf(event) && Boolean(elementOf(event).checked));
  return h('vscode-checkbox', { checked: isChecked, onChange: changed }, label);
}

export interface DropdownProps {
  readonly name: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  onValue(value: string): void;
}

export function Dropdown({ name, value, options, onValue }: DropdownProps): ComponentChild {
  const dropdown = useRef<HTMLElement & { value?: string }>(null);
  // The element knows its options only after they are connected; before that it keeps the first.
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      if (dropdown.current !== null) dropdown.current.value = value;
    });
    return () => cancelAnimationFrame(frame);
  }, [value]);
  return h(
    'vscode-dropdown',
    { ref: dropdown, 'aria-label': name, onChange: (event: Event) => onValue(valueIn(event)) },
    options.map((option) => h('vscode-option', { key: option.value, value: option.value }, option.label)),
  );
}

export function Badge({ children }: { readonly children: ComponentChildren }): ComponentChild {
  return h('vscode-badge', null, children);
}

export function Link({
  href,
  children,
}: {
  readonly href: string;
  readonly children: ComponentChildren;
}): ComponentChild {
  return h('vscode-link', { href, target: '_blank', rel: 'noreferrer noopener' }, children);
}

export function Progress({ label }: { readonly label: string }): ComponentChild {
  return h('vscode-progress-ring', { 'aria-label': label });
}

function valueIn(event: Event): string {
  const element = elementOf(event);
  return 'value' in element ? String(element.value) : '';
}

function elementOf(event: Event): object & { readonly checked?: unknown } {
  return event.currentTarget ?? {};
}
