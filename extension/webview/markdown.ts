/** The little of markdown that panels may use, as data: what is not understood stays text. */
export type Block =
  | { readonly kind: 'heading'; readonly inline: readonly Inline[] }
  | { readonly kind: 'paragraph'; readonly inline: readonly Inline[] }
  | { readonly kind: 'list'; readonly isOrdered: boolean; readonly items: readonly (readonly Inline[])[] }
  | { readonly kind: 'fence'; readonly language: string; readonly text: string };

export type Inline =
  | { readonly kind: 'plain' | 'strong' | 'emphasis' | 'code'; readonly text: string }
  | { readonly kind: 'link'; readonly text: string; readonly href: string };

/** Headings, paragraphs, lists, fenced code; inside them strong, emphasis, code and links to http(s). */
export function parseMarkdown(markdown: string): readonly Block[] {
  const lines = markdown.replaceAll('\r\n', '\n').split('\n');
  const blocks: Block[] = [];
  for (let at = 0; at < lines.length;) {
    const [block, next] = readBlock(lines, at);
    if (block !== null) blocks.push(block);
    at = next;
  }
  return blocks;
}

const fence = /^```\s*(\S*)/;
const bullet = /^\s*[-*]\s+(.*)$/;
const numbered = /^\s*\d{1,9}[.)]\s+(.*)$/;
const heading = /^#{1,6}\s+(.*)$/;

function readBlock(lines: readonly string[], at: number): readonly [Block | null, number] {
  const line = lines[at] ?? '';
  if (line.trim() === '') return [null, at + 1];
  if (fence.test(line)) return readFence(lines, at);
  const title = heading.exec(line);
  if (title) return [{ kind: 'heading', inline: parseInline(title[1] ?? '') }, at + 1];
  if (bullet.test(line)) return readList(lines, at, bullet, false);
  if (numbered.test(line)) return readList(lines, at, numbered, true);
  return readParagraph(lines, at);
}

function readFence(lines: readonly string[], at: number): readonly [Block, number] {
  const language = fence.exec(lines[at] ?? '')?.[1] ?? '';
  const end = lines.findIndex((line, index) => index > at && line.startsWith('```'));
  const stop = end === -1 ? lines.length : end;
  return [{ kind: 'fence', language, text: lines.slice(at + 1, stop).join('\n') }, stop + 1];
}

function readList(
  lines: readonly string[],
  at: number,
  item: RegExp,
  isOrdered: boolean,
): readonly [Block, number] {
  const items: (readonly Inline[])[] = [];
  let next = at;
  for (let match = item.exec(lines[next] ?? ''); match; match = item.exec(lines[++next] ?? ''))
    items.push(parseInline(match[1] ?? ''));
  return [{ kind: 'list', isOrdered, items }, next];
}

function readParagraph(lines: readonly string[], at: number): readonly [Block, number] {
  let next = at + 1;
  while (next < lines.length && !startsBlock(lines[next] ?? '')) next += 1;
  const text = lines
    .slice(at, next)
    .map((line) => line.trim())
    .join(' ');
  return [{ kind: 'paragraph', inline: parseInline(text) }, next];
}

function startsBlock(line: string): boolean {
  return line.trim() === '' || [fence, bullet, numbered, heading].some((start) => start.test(line));
}

/** Bounded repeats keep the time linear whatever a plugin sends. */
const inlineMark =
  /`([^`\n]{1,500})`|\*\*([^*\n]{1,500})\*\*|(?<![\w*])[*_]([^*_\n]{1,500})[*_](?!\w)|\[([^\]\n]{1,300})\]\((https?:\/\/[^\s)]{1,2000})\)/g;

export function parseInline(text: string): readonly Inline[] {
  const parts: Inline[] = [];
  let from = 0;
  for (const match of text.matchAll(inlineMark)) {
    if (match.index > from) parts.push({ kind: 'plain', text: text.slice(from, match.index) });
    parts.push(markOf(match));
    from = match.index + match[0].length;
  }
  if (from < text.length) parts.push({ kind: 'plain', text: text.slice(from) });
  return parts;
}

function markOf([, code, strong, emphasis, label, href]: RegExpMatchArray): Inline {
  if (code !== undefined) return { kind: 'code', text: code };
  if (strong !== undefined) return { kind: 'strong', text: strong };
  if (emphasis !== undefined) return { kind: 'emphasis', text: emphasis };
  return { kind: 'link', text: label ?? '', href: href ?? '' };
}
