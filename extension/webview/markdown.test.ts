import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { parseInline, parseMarkdown } from './markdown.ts';

describe('Markdown of panels', () => {
  it('knows headings, paragraphs, lists and fenced code', () => {
    const blocks = parseMarkdown('## Title\n\nOne\nline.\n\n- a\n- b\n\n1. x\n\n```sql\nSELECT 1\n```');
    assert.deepEqual(
      blocks.map(({ kind }) => kind),
      ['heading', 'paragraph', 'list', 'list', 'fence'],
    );
    assert.deepEqual(blocks[1], { kind: 'paragraph', inline: [{ kind: 'plain', text: 'One line.' }] });
    assert.deepEqual(blocks[4], { kind: 'fence', language: 'sql', text: 'SELECT 1' });
  });

  it('knows strong, emphasis, code and links within a line', () => {
    assert.deepEqual(parseInline('a **b** *c* `d*e*` [f](https://g.example/h)'), [
      { kind: 'plain', text: 'a ' },
      { kind: 'strong', text: 'b' },
      { kind: 'plain', text: ' ' },
      { kind: 'emphasis', text: 'c' },
      { kind: 'plain', text: ' ' },
      { kind: 'code', text: 'd*e*' },
      { kind: 'plain', text: ' ' },
      { kind: 'link', text: 'f', href: 'https://g.example/h' },
    ]);
  });

  it('leaves markup and links to anything but http as text', () => {
    const text = '<b onclick=x>hi</b> [run](javascript:alert(1))';
    assert.deepEqual(parseInline(text), [{ kind: 'plain', text }]);
  });

  it('leaves names_with_underscores alone', () => {
    assert.deepEqual(parseInline('created_at and updated_at'), [
      { kind: 'plain', text: 'created_at and updated_at' },
    ]);
  });

  it('takes an unclosed fence to the end', () => {
    assert.deepEqual(parseMarkdown('```\na'), [{ kind: 'fence', language: '', text: 'a' }]);
  });
});
