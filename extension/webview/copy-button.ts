import { h, type ComponentChild } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { Icon } from './icon.ts';
import { Button } from './toolkit.ts';

export interface CopyButtonProps {
  readonly label: string;
  text(): string;
  copy(text: string): void;
}

/** Says for two seconds that it copied. */
export function CopyButton({ label, text, copy }: CopyButtonProps): ComponentChild {
  const [isCopied, setCopied] = useState(false);
  useEffect(() => {
    if (!isCopied) return;
    const timer = setTimeout(() => setCopied(false), 2000);
    return () => clearTimeout(timer);
  }, [isCopied]);
  const press = () => {
    copy(text());
    setCopied(true);
  };
  return h(
    Button,
    { look: 'icon', label: isCopied ? 'Copied' : label, class: 'copy', onPress: press },
    h(Icon, { name: isCopied ? 'check' : 'copy' }),
  );
}
