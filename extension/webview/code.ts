import { h, type ComponentChild } from 'preact';
import { useContext, useMemo } from 'preact/hooks';
import type { Code } from '../../shared/view.ts';
import { codePieces } from './code-pieces.ts';
import { CopyButton } from './copy-button.ts';
import { DrawSurroundings } from './surroundings.ts';

/** Code with light colours, marked ranges, and a button that copies it. */
export function CodeView({ code }: { readonly code: Code }): ComponentChild {
  const { copy } = useContext(DrawSurroundings);
  const pieces = useMemo(() => codePieces(code.text, code.language, code.marks), [code]);
  return h(
    'div',
    { class: 'code' },
    h(
      'pre',
      { tabIndex: 0, 'aria-label': `${code.language || 'Code'}${code.marks?.length ? ', with marks' : ''}` },
      h(
        'code',
        null,
        pieces.map(({ text, token, isMarked }, key) =>
          h(isMarked ? 'mark' : 'span', { key, class: `token-${token}` }, text),
        ),
      ),
    ),
    h(CopyButton, { label: 'Copy', text: () => code.text, copy }),
  );
}
