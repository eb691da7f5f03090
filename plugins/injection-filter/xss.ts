/* oxlint-disable no-control-regex -- control characters are what browsers and decoders drop */
import { overBudget, type Match } from './finding.ts';
import {
  activityOf,
  isActiveStyle,
  isComponentProp,
  isHandlerName,
  isScriptUrl,
  mayActAlone,
} from './html-active.ts';
import { longestTag, tagAt, type Tag } from './html-tags.ts';
import { hasSink, isScriptCall, scriptBreakout, templateAttack } from './script.ts';

/** Finds active content in the places a page puts a value: between tags, in an attribute, as a URL, inside a script. */
export function findXss(text: string): Match | null {
  return inElement(text) ?? inAttribute(text) ?? asUrl(text) ?? inStyle(text) ?? inScript(text);
}

function match(rule: string, start: number, end: number, strength: Match['strength'] = 'certain'): Match {
  return { attack: 'xss', rule: `xss/${rule}`, start, end, strength };
}

function inElement(text: string): Match | null {
  // A tag costs its length; tags within tags, as long as all the text once more.
  let left = 2 * text.length + 8192;
  const value = ahead(text, /=/g);
  const script = ahead(text, /script/gi);
  for (let at = text.indexOf('<'); at >= 0; at = text.indexOf('<', at + 1)) {
    if (!mayBeginTag(text.charCodeAt(at + 1))) continue;
    if (!mayActAlone(text, at + 1) && !value(at) && !script(at)) continue;
    const tag = tagAt(text, at);
    if (!tag) continue;
    const activity = activityOf(tag);
    if (activity && !isMentioned(text, tag)) return match(activity, tag.start, tag.end);
    left -= tag.end - tag.start;
    if (left < 0) return overBudget(at);
  }
  return null;
}

/** Answers for rising offsets whether a pattern stands so near behind one that a tag which begins there may hold it. */
function ahead(text: string, pattern: RegExp): (at: number) => boolean {
  let next = -1;
  return (at) => {
    if (next < at) {
      pattern.lastIndex = at;
      next = pattern.exec(text)?.index ?? Infinity;
    }
    return next < at + longestTag;
  };
}

/** A letter, or one of `/ ! ? %`. */
function mayBeginTag(code: number): boolean {
  const lower = code | 32;
  return (lower >= 97 && lower <= 122) || code === 47 || code === 33 || code === 63 || code === 37;
}

/** A bare `<script>` named in a sentence or in inline code: nothing that runs follows. */
function isMentioned(text: string, tag: Tag): boolean {
  if (tag.attributes.length > 0 || !tag.isClosed) return false;
  if (text[tag.start - 1] === '`' && text[tag.end] === '`') return true;
  const after = text.slice(tag.end, tag.end + 300);
  return /^\s+[a-z]/i.test(after) && !/[\w\])][(=`[{]|\[|<\/?script|[;{]\s*$/i.test(after);
}

/** A handler after a quote, white space or slash, in a value that closes the attribute it was put into. */
function inAttribute(text: string): Match | null {
  if (!/on[a-z]{3,40}\s{0,8}=/i.test(text)) return null;
  const handlers = /(?:^|["'`\s/;\u0000<])(on[a-z]{3,24})\s{0,8}=\s{0,8}(["'`]?[^\s"'`>]{1,80})/gi;
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
  const found =
    /(?:j\s*a\s*v\s*a|v\s*b)\s*s\s*c\s*r\s*i\s*p\s*t\s*:\s*(?=[^\s,.;])[\s\S]{0,80}|data:(?:text\/html|image\/svg\+xml|application\/xhtml\+xml)[^,]{0,60},/i.exec(
      text,
    );
  if (!found || (found[0][0]?.toLowerCase() !== 'd' && !/[(=`[]|\/\//.test(found[0].slice(11)))) return null;
  return match('script-url', found.index, found.index + found[0].length, 'likely');
}

function inStyle(text: string): Match | null {
  if (!/expression|binding|behavio|url\s*\(|import/i.test(text)) return null;
  const imported = /<style[^>]{0,40}>\s{0,8}@import\s{0,4}["'][^"']{4,}/i.exec(text);
  if (imported) return match('style', imported.index, imported.index + imported[0].length, 'likely');
  const at = text.search(
    /[:{=*/]\s*\w{0,8}expression|(?<![\w ])expression(?=[\\(])|-moz-binding|behavio|url\s*\(|@import/i,
  );
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
