import { h, type ComponentChild } from 'preact';
import { CodeView } from './code.ts';
import { parseInline, parseMarkdown, type Block, type Inline } from './markdown.ts';
import { Link } from './toolkit.ts';

export function TextView({ markdown }: { readonly markdown: string }): ComponentChild {
  return h('div', { class: 'text' }, parseMarkdown(markdown).map(drawBlock));
}

/** One sentence, with its code marked. */
export function Sentence({
  text,
  ...rest
}: {
  readonly text: string;
  readonly class: string;
}): ComponentChild {
  return h('p', rest, parseInline(text).map(drawInline));
}

function drawBlock(block: Block, key: number): ComponentChild {
  switch (block.kind) {
    case 'heading':
      return h('h4', { key }, block.inline.map(drawInline));
    case 'paragraph':
      return h('p', { key }, block.inline.map(drawInline));
    case 'list':
      return h(
        block.isOrdered ? 'ol' : 'ul',
        { key },
        block.items.map((item, index) => h('li', { key: index }, item.map(drawInline))),
      );
    case 'fence':
      return h(CodeView, { key, code: { kind: 'code', language: block.language, text: block.text } });
  }
}

function drawInline(inline: Inline, key: number): ComponentChild {
  if (inline.kind === 'plain') return inline.text;
  if (inline.kind === 'link') return h(Link, { key, href: inline.href, children: inline.text });
  if (inline.kind === 'code') return h('code', { key }, inline.text);
  return inline.kind === 'strong' ? h('strong', { key }, inline.text) : h('em', { key }, inline.text);
}
