import { h, type ComponentChild } from 'preact';
import { useState } from 'preact/hooks';

interface SuggestionsProps {
  /** What is suggested for. */
  readonly label: string;
  readonly offered: readonly string[];
  /** The field's text, one value a line. */
  readonly text: string;
  onText(text: string): void;
}

/** More are shown once asked for, so that a form stays a form. */
const mostAtFirst = 8;

/** Values to press: pressed ones stand in the field, and are taken out by pressing again. */
export function Suggestions({ label, offered, text, onText }: SuggestionsProps): ComponentChild {
  const [isWhole, setWhole] = useState(false);
  const lines = linesOf(text);
  const shown = isWhole ? offered : offered.slice(0, mostAtFirst);
  if (offered.length === 0) return null;
  return h(
    'div',
    { class: 'suggestions', role: 'group', 'aria-label': `Suggestions for ${label}` },
    shown.map((value) =>
      h(
        'button',
        {
          key: value,
          type: 'button',
          class: 'suggestion',
          'aria-pressed': lines.includes(value),
          onClick: () => onText(toggled(lines, value).join('\n')),
        },
        value,
      ),
    ),
    offered.length > shown.length &&
      h(
        'button',
        { type: 'button', class: 'link-button', onClick: () => setWhole(true) },
        `${offered.length - shown.length} more`,
      ),
  );
}

export function toggled(lines: readonly string[], value: string): readonly string[] {
  return lines.includes(value) ? lines.filter((line) => line !== value) : [...lines, value];
}

export function linesOf(text: string): readonly string[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}
