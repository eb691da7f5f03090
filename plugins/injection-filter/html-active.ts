import {
  foldUrl,
  isActiveStyle,
  isComponentProp,
  isHandlerName,
  isPassedOver,
  isScriptUrl,
  mostOfUrl,
} from './active-values.ts';
import { beginningsOf, mayBegin } from './beginnings.ts';
import { characterSet } from './character-set.ts';
import type { Attribute, Tag } from './html-tags.ts';

/** What in a tag runs script, loads it, or changes where the page's own script comes from. */
export type Activity = 'script' | 'handler' | 'script-url' | 'frame' | 'style' | 'base' | 'markup';

/** Attributes that take a URL the browser follows or loads. */
const urlAttributes = new Set(
  `href src action formaction xlink:href data background poster lowsrc dynsrc from to values srcdoc content codebase
   code classid cite longdesc ping manifest icon profile usemap folder archive url srcset value by xml:base`.split(
    /\s+/,
  ),
);

const frames = new Set([
  'iframe',
  'frame',
  'object',
  'embed',
  'applet',
  'frameset',
  'portal',
  'layer',
  'ilayer',
  'bgsound',
]);

const slash = 47;
const questionMark = 63;
const colon = 58;

/** Of every tag that does something by its name. */
const telling = beginningsOf(['script', '!e', 'base', 'meta', 'link', ...frames]);

/** Whether a name that begins there may be one of those. */
function isTelling(codes: Uint16Array, at: number): boolean {
  return mayBegin(telling, codes[at] ?? 0, codes[at + 1] ?? 0) || codes[at] === questionMark;
}

/** Tags that do something with the name of an attribute alone or without any, scripts aside: see `activityOfName`. */
const withoutValue = new RegExp(String.raw`!e|\?|base|${[...frames].join('|')}`, 'iy');

/** Whether a tag may do something without any value, scripts aside: told by what stands behind its `<`. */
export function mayActAlone(text: string, codes: Uint16Array, at: number): boolean {
  const name = codes[at] === slash ? at + 1 : at;
  if (!isTelling(codes, name)) return false;
  withoutValue.lastIndex = name;
  return withoutValue.test(text);
}

/** The strongest activity of a tag, or null when it only lays out text. */
export function activityOf(text: string, codes: Uint16Array, tag: Tag): Activity | null {
  if (tag.count === 0 && tag.isClosing) return null;
  const name = tellingName(text, codes, tag);
  if (name !== '' && /^(?:[\w-]+:)?script/.test(name)) return tag.isClosing ? null : 'script';
  for (let index = 0; index < tag.count; index += 1) {
    const attribute = tag.attributes[index];
    const found = attribute && activityOfAttribute(text, codes, tag, name, attribute);
    if (found) return found;
  }
  return name === '' ? null : activityOfName(text, codes, name, tag);
}

/** The name in lower case, or nothing when it is none that says what the tag does. */
function tellingName(text: string, codes: Uint16Array, tag: Tag): string {
  const { nameStart, bareStart, nameEnd } = tag;
  const mayTell = isTelling(codes, nameStart) || (bareStart > nameStart && isTelling(codes, bareStart));
  if (!mayTell) return '';
  tag.looks += 1;
  return text.slice(nameStart, nameEnd).toLowerCase();
}

function activityOfAttribute(
  text: string,
  codes: Uint16Array,
  tag: Tag,
  tagName: string,
  attribute: Attribute,
): Activity | null {
  const { valueStart, valueEnd } = attribute;
  if (valueEnd <= valueStart) return null;
  if (isHandler(text, codes, tag, attribute)) return 'handler';
  if (valueEnd - valueStart < 5) return null;
  if (runsAsUrl(text, codes, tag, attribute) && !(isNamed(codes, attribute, 'content') && tagName !== 'meta'))
    return 'script-url';
  if (isNamed(codes, attribute, 'style')) {
    tag.looks += 1;
    if (isActiveStyle(valueOf(text, attribute))) return 'style';
  }
  if (isNamed(codes, attribute, 'srcdoc')) return 'frame';
  return holdsScriptUrl(text, codes, tag, attribute) ? 'script-url' : null;
}

function isHandler(text: string, codes: Uint16Array, tag: Tag, attribute: Attribute): boolean {
  if (!mayBeHandler(codes, attribute.nameStart, attribute.nameEnd)) return false;
  tag.looks += 1;
  return isHandlerName(nameOf(text, attribute)) && !isComponentProp(valueOf(text, attribute));
}

function runsAsUrl(text: string, codes: Uint16Array, tag: Tag, attribute: Attribute): boolean {
  if (!mayBeScriptUrl(codes, attribute)) return false;
  tag.looks += 1;
  return isScriptUrl(valueOf(text, attribute));
}

/** Whether a URL that runs script stands further in, as in `0;url=…` or a list of images. */
function holdsScriptUrl(text: string, codes: Uint16Array, tag: Tag, attribute: Attribute): boolean {
  if (!mayHoldScriptUrl(codes, attribute)) return false;
  tag.looks += 1;
  return (
    urlAttributes.has(nameOf(text, attribute)) &&
    /(?:url\s*=|[;,]\s*)\s*["']?\s*(?:javascript|vbscript|data)\s*:/i.test(foldUrl(valueOf(text, attribute)))
  );
}

function nameOf(text: string, { nameStart, nameEnd }: Attribute): string {
  return text.slice(nameStart, nameEnd).toLowerCase();
}

function valueOf(text: string, { valueStart, valueEnd }: Attribute): string {
  return text.slice(valueStart, valueEnd);
}

/** Compares with a word in lower case, without a `k`, which a character beyond ASCII turns into as well. */
function isNamed(codes: Uint16Array, { nameStart, nameEnd }: Attribute, word: string): boolean {
  if (nameEnd - nameStart !== word.length) return false;
  for (let at = 0; at < word.length; at += 1)
    if (((codes[nameStart + at] ?? 0) | 32) !== word.charCodeAt(at)) return false;
  return true;
}

const beforeHandlers = characterSet('"\'`:');

/** Whether a name ends in `on` and as many letters as `isHandlerName` allows, at its start, after quotes or a prefix. */
function mayBeHandler(codes: Uint16Array, start: number, end: number): boolean {
  for (let at = Math.max(start, end - 26); at <= end - 5; at += 1) {
    if (((codes[at] ?? 0) | 32) !== 111 || ((codes[at + 1] ?? 0) | 32) !== 110) continue;
    if (at === start || beforeHandlers[codes[at - 1] ?? 0] === 1) return true;
  }
  return false;
}

/** The last letters of what stands before the first colon of a URL that runs script, see `isScriptUrl`. */
const schemeEnds = characterSet('tradeTRADE');

/** Whether a value may be a URL that runs script: most are told none by the letter before their first colon. */
function mayBeScriptUrl(codes: Uint16Array, { valueStart, colon: end }: Attribute): boolean {
  return end >= 0 && schemeEnds[codes[lastBefore(codes, end, valueStart)] ?? 0] === 1;
}

/** The same for one that stands further in, behind `url=`, a comma or a semicolon. */
function mayHoldScriptUrl(codes: Uint16Array, { valueStart, valueEnd, colon: first }: Attribute): boolean {
  if (first < 0) return false;
  let isBehind = false;
  const last = Math.min(valueEnd, valueStart + mostOfUrl);
  for (let at = valueStart; at < last; at += 1) {
    const code = codes[at] ?? 0;
    if (code === 61 || code === 44 || code === 59) isBehind = true;
    else if (code === colon && isBehind && schemeEnds[codes[lastBefore(codes, at, valueStart)] ?? 0] === 1)
      return true;
  }
  return false;
}

/** The last character before `end` that is not passed over, or the one before `start`. */
function lastBefore(codes: Uint16Array, end: number, start: number): number {
  let at = end - 1;
  while (at >= start && isPassedOver(codes[at] ?? 0)) at -= 1;
  return at;
}

/** Attributes of a frame or an object that say what it loads. */
const sources = ['src', 'data', 'code', 'codebase', 'classid'];

function activityOfName(text: string, codes: Uint16Array, name: string, tag: Tag): Activity | null {
  if (frames.has(name)) return hasOneOf(codes, tag, sources) ? 'frame' : null;
  if (name === 'base') return hasOneOf(codes, tag, ['href']) ? 'base' : null;
  if (name === 'meta') return hasValue(text, codes, tag, null, /refresh|set-cookie|utf-7/i) ? 'markup' : null;
  if (name === 'link') return hasValue(text, codes, tag, 'rel', /import/i) ? 'markup' : null;
  return /^(?:!entity$|!element$|\?(?:import|xml-stylesheet))/.test(name) ? 'markup' : null;
}

/** Whether a tag has an attribute of one of these names. */
function hasOneOf(codes: Uint16Array, { attributes, count }: Tag, names: readonly string[]): boolean {
  for (let index = 0; index < count; index += 1) {
    const attribute = attributes[index];
    for (const name of names) if (attribute && isNamed(codes, attribute, name)) return true;
  }
  return false;
}

/** Whether an attribute of some name, or of any, has a value in which a pattern is found. */
function hasValue(
  text: string,
  codes: Uint16Array,
  { attributes, count }: Tag,
  name: string | null,
  pattern: RegExp,
): boolean {
  for (let index = 0; index < count; index += 1) {
    const attribute = attributes[index];
    if (!attribute || (name !== null && !isNamed(codes, attribute, name))) continue;
    if (pattern.test(valueOf(text, attribute))) return true;
  }
  return false;
}
