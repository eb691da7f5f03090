import { h, render, type ComponentChild } from 'preact';
import { useState } from 'preact/hooks';
import { Mark } from './mark.ts';
import { Button, registerToolkit, TextField } from './toolkit.ts';

/** Asks until a token is given; whether it is the right one, the gateway says. `refusal`: what it said of the one before. */
export function askToken(root: Element, refusal: string | null): Promise<string> {
  registerToolkit();
  return new Promise((resolve) => {
    const done = (token: string) => {
      render(null, root);
      resolve(token);
    };
    render(h(SignIn, { refusal, onToken: done }), root);
    root.querySelector<HTMLElement>('vscode-text-field')?.focus();
    document.body.dataset.ready = 'sign-in';
  });
}

interface SignInProps {
  readonly refusal: string | null;
  onToken(token: string): void;
}

function SignIn({ refusal, onToken }: SignInProps): ComponentChild {
  const [token, setToken] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    if (token.trim() !== '') onToken(token.trim());
  };
  return h(
    'form',
    { class: 'sign-in', onSubmit: submit },
    h('h1', { class: 'brand' }, h(Mark, null), 'Outrider'),
    h(
      'p',
      { class: 'dim' },
      'These dashboards need the gateway’s token. It lies in the file that the sidecar names when it starts.',
    ),
    refusal !== null && h('p', { class: 'failure', role: 'alert' }, refusal),
    h(TextField, {
      label: 'Token',
      value: token,
      isSecret: true,
      onValue: setToken,
      onKeyDown: (event) => void (event.key === 'Enter' && submit(event)),
    }),
    h(Button, { look: 'primary', isSubmit: true, onPress: submit }, 'Open'),
  );
}
