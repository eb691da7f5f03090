/* oxlint-disable no-control-regex -- control characters are what browsers and decoders drop */
import { isActiveStyle, isComponentProp, isHandlerName, isScriptUrl } from './active-values.ts';
import { characterSet } from './character-set.ts';
import { overBudget, type Match } from './finding.ts';
import { activityOf, mayActAlone } from './html-active.ts';
import { longestTag, mayBeginName, tagAt, type Tag } from './html-tags.ts';
import { heldIn, mayHold, type Holds } from './pieces.ts';
import { hasSink, isScriptCall, scriptBreakout, templateAttack } from './script.ts';
import { cost, nothingSpent, type Spent } from './work.ts';
import { codesOf } from './text-codes.ts';

/** CSS that may run script, but for expressions. */
const stylePieces = ['-moz-binding', 'behavio', 'url(', 'url ', '@import'];

/** What {@link findXss} asks a text about. */
export const xssPieces: readonly string[] = ['expression', ...stylePieces];

/** Finds active content in the places a page puts a value: between tags, in an attribute, as a URL, inside a script. */
export function findXss(
  text: string,
  spent: Spent = nothingSpent(text),
  holds: Holds = heldIn(text),
): Match | null {
  return inElement(text, spent) ?? inAttribute(text) ?? asUrl(text) ?? inStyle(text, holds) ?? inScript(text);
}

function match(rule: string, start: number, end: number, strength: Match['strength'] = 'certain'): Match {
  return { attack: 'xss', rule: `xss/${rule}`, start, end, strength };
}

function inElement(text: string, spent: Spent): Match | null {
  const first = text.indexOf('<');
  if (first < 0) return null;
  const codes = codesOf(text);
  // A tag costs its length; tags within tags, as long as all the text once more.
  let left = 2 * text.length + 8192;
  let value = -1;
  let script = -1;
  for (let at = first; at >= 0; at = nextOpening(text, codes, at + 1)) {
    spent.left -= cost.opening;
    if (!mayBeginTag(codes[at + 1] ?? 0)) continue;
    if (value < at) value = orNowhere(text.indexOf('=', at));
    if (value >= at + longestTag && !mayActAlone(text, codes, at + 1)) {
      if (script < at) script = orNowhere(indexOfScript(text, at));
      if (script >= at + longestTag) continue;
    }
    const tag = tagAt(text, codes, at);
    if (!tag) continue;
    const activity = activityOf(text, codes, tag);
    if (activity && !isMentioned(text, tag)) return match(activity, tag.start, tag.end);
    left -= tag.end - tag.start;
    spent.left -= cost.tag + cost.attribute * tag.count + cost.look * tag.looks;
    if (left < 0 || spent.left < 0) return overBudget(at);
  }
  return null;
}

/** Where tags are dense the next one is near, and found before a search has begun. */
const near = 16;

function nextOpening(text: string, codes: Uint16Array, from: number): number {
  const last = Math.min(from + near, text.length);
  for (let at = from; at < last; at += 1) if (codes[at] === 60) return at;
  return text.indexOf('<', last);
}

/** Behind all texts, and small enough to be compared as quickly as an offset. */
const nowhere = 2 ** 30;

function orNowhere(index: number): number {
  return index < 0 ? nowhere : index;
}

function indexOfScript(text: string, from: number): number {
  const script = /script/gi;
  script.lastIndex = from;
  return script.exec(text)?.index ?? -1;
}

/** A name, or the slash before one. */
function mayBeginTag(code: number): boolean {
  return code === 47 || mayBeginName(code);
}

/** A bare `<script>` named in a sentence or in inline code: nothing that runs follows. */
function isMentioned(text: string, tag: Tag): boolean {
  if (tag.count > 0 || !tag.isClosed) return false;
  if (text[tag.start - 1] === '`' && text[tag.end] === '`') return true;
  const after = text.slice(tag.end, tag.end + 300);
  return /^\s+[a-z]/i.test(after) && !/[\w\])][(=`[{]|\[|<\/?script|[;{]\s*$/i.test(after);
}

/** A handler after a quote, white space or slash, in a value that closes the attribute it was put into. */
function inAttribute(text: string): Match | null {
  const first = text.search(/on(?<=(?:^|["'`\s/;\u0000<])on)[a-z]{3,40}\s{0,8}=/i);
  if (first < 0) return null;
  const handlers = /(?:^|["'`\s/;\u0000<])(on[a-z]{3,24})\s{0,8}=\s{0,8}(["'`]?[^\s"'`>]{1,80})/gi;
  handlers.lastIndex = Math.max(0, first - 1);
  for (let count = 0; count < 20; count += 1) {
    const found = handlers.exec(text);
    if (!found) break;
    const name = (found[1] ?? '').toLowerCase();
    if (
      isHandlerName(name) &&
      !isComponentProp(found[2] ?? '') &&
      isAttributeContext(text, found.index, found[2] ?? '')
    )
      return match('handler', found.index, found.index + found[0].length);
  }
  return openHandler(text);
}

/** A handler at the very end, whose value the page's own text supplies: `" onclick=`. */
function openHandler(text: string): Match | null {
  const found = /(?:["'`<]|<[a-z][\w-]{0,20}\s)\s{0,4}(on[a-z]{3,40})\s{0,4}=\s{0,4}$/i.exec(text.slice(-80));
  const at = Math.max(0, text.length - 80) + (found?.index ?? 0);
  return found && isHandlerName((found[1] ?? '').toLowerCase())
    ? match('handler', at, text.length, 'likely')
    : null;
}

function isAttributeContext(text: string, at: number, value: string): boolean {
  const before = text.slice(Math.max(0, at - 80), at + 1);
  return (
    hasSink(value) ||
    /\w\s*(?:\/\*[^*]{0,40}\*\/\s*)?\(|javascript:|=\s*\d+\s*$/i.test(value) ||
    /["'`>]\s*\/?\s*$/.test(before)
  );
}

function asUrl(text: string): Match | null {
  const start = /^[\s"'(=<[]*(?:url\s*=|src\s*=|href\s*=)?["']?/i.exec(text)?.[0].length ?? 0;
  const url = text.slice(start, start + 600);
  return isScriptUrl(url) && !isTitle(url)
    ? match('script-url', start, Math.min(text.length, start + 80))
    : innerUrl(text);
}

/** `JavaScript: The Good Parts`. */
function isTitle(text: string): boolean {
  return /^[a-z]+\s*:\s+(?!(?:var|let|const|new|throw|return|void|function|typeof|with|if|for|while|this)\b)[a-z]+(?:\s+[a-z]|["',.]|$)/i.test(
    text,
  );
}

/** `javascript:` or a `data:` document further in, when code follows it. */
function innerUrl(text: string): Match | null {
  if (!mayHoldInnerUrl(text)) return null;
  const found =
    /(?:j\s*a\s*v\s*a|v\s*b)\s*s\s*c\s*r\s*i\s*p\s*t\s*:\s*(?=[^\s,.;])[\s\S]{0,80}|data:(?:text\/html|image\/svg\+xml|application\/xhtml\+xml)[^,]{0,60},/i.exec(
      text,
    );
  if (!found || (found[0][0]?.toLowerCase() !== 'd' && !/[(=`[]|\/\//.test(found[0].slice(11)))) return null;
  return match('script-url', found.index, found.index + found[0].length, 'likely');
}

/** Whether some colon ends what may be a scheme that runs script: from there it is told sooner than from the scheme's first letter. */
function mayHoldInnerUrl(text: string): boolean {
  for (let at = text.indexOf(':'); at >= 0; at = text.indexOf(':', at + 1)) {
    const last = lastLetter(text, at);
    const code = text.charCodeAt(last) | 32;
    // The `t` and `p` of `script`, or the last of `data` and what its documents begin with.
    if (code === 116 && (text.charCodeAt(lastLetter(text, last)) | 32) === 112) return true;
    if (code === 97 && documentStarts[text.charCodeAt(at + 1)] === 1) return true;
  }
  return false;
}

/** `text`, `image` and `application`. */
const documentStarts = characterSet('tiaTIA');

/** The last character before one that may be no white space. */
function lastLetter(text: string, before: number): number {
  let at = before - 1;
  while (at >= 0 && (text.charCodeAt(at) <= 32 || text.charCodeAt(at) >= 128)) at -= 1;
  return at;
}

const style = /-moz-binding|behavio|url\s*\(|@import/i;
const styleOrExpression = new RegExp(
  String.raw`[:{=*/]\s*\w{0,8}expression|(?<![\w ])expression(?=[\\(])|${style.source}`,
  'i',
);

function inStyle(text: string, holds: Holds): Match | null {
  const hasExpression = mayHold(text, [['expression']], holds) && /expression/i.test(text);
  const first = mayHold(text, [stylePieces], holds) ? text.search(style) : -1;
  if (first < 0 && !hasExpression) return null;
  const imported =
    first >= 0 && /@import/i.test(text)
      ? /<style[^>]{0,40}>\s{0,8}@import\s{0,4}["'][^"']{4,}/i.exec(text)
      : null;
  if (imported) return match('style', imported.index, imported.index + imported[0].length, 'likely');
  const at = hasExpression ? text.search(styleOrExpression) : first;
  if (at < 0 || !isActiveStyle(text.slice(Math.max(0, at - 20), at + 200))) return null;
  return match('style', at, Math.min(text.length, at + 80), 'likely');
}

function inScript(text: string): Match | null {
  const template = templateAttack(text);
  if (template) return match('template', template[0], template[1]);
  const found = scriptBreakout(text);
  if (found) return match('script-breakout', found[0], found[1], 'likely');
  return text.length <= 200 && isScriptCall(text) ? match('script-call', 0, text.length, 'likely') : null;
}
