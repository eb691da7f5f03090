import { h, render, type ComponentChild } from 'preact';
import { useState } from 'preact/hooks';
import { Button, registerToolkit, TextField } from './toolkit.ts';

/** Asks until a token is given; whether it is the right one, the gateway says. */
export function askToken(root: Element): Promise<string> {
  registerToolkit();
  return new Promise((resolve) => {
    const done = (token: string) => {
      render(null, root);
      resolve(token);
    };
    render(h(SignIn, { onToken: done }), root);
    root.querySelector<HTMLElement>('vscode-text-field')?.focus();
    document.body.dataset.ready = 'sign-in';
  });
}

function SignIn({ onToken }: { onToken(token: string): void }): ComponentChild {
  const [token, setToken] = useState('');
  const submit = (event: Event) => {
    event.preventDefault();
    if (token.trim() !== '') onToken(token.trim());
  };
  return h(
    'form',
    { class: 'sign-in', onSubmit: submit },
    h('h1', null, 'Outrider'),
    h(
      'p',
      { class: 'dim' },
      'These dashboards need the gateway’s token. It lies in the file that the sidecar names when it starts.',
    ),
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
