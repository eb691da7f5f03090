/* oxlint-disable no-control-regex -- control characters are what browsers and decoders drop */
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

/** English words and common names that begin like an event handler and are none. */
const notHandlers = new Set(
  'on once one only online onto ongoing onboarding onset onion ones ontology onsite onward'.split(' '),
);

/** Tags that do something without an attribute. */
const actsAlone = /^(?:[\w-]+:)?script|^[!?]/;

/** The same of those that are no scripts, and tags that do something with the name of an attribute alone: see `activityOfName`. */
const withoutValue = new RegExp(String.raw`\/?(?:!e|\?|base|${[...frames].join('|')})`, 'iy');

/** Whether a tag may do something without any value, scripts aside: told by what stands behind its `<`. */
export function mayActAlone(text: string, at: number): boolean {
  withoutValue.lastIndex = at;
  return withoutValue.test(text);
}

/** The strongest activity of a tag, or null when it only lays out text. */
export function activityOf(tag: Tag): Activity | null {
  if (tag.attributes.length === 0 && (tag.isClosing || !actsAlone.test(tag.name))) return null;
  if (/^(?:[\w-]+:)?script/.test(tag.name)) return tag.isClosing ? null : 'script';
  for (const attribute of tag.attributes) {
    const found = activityOfAttribute(tag, attribute);
    if (found) return found;
  }
  return activityOfName(tag);
}

function activityOfAttribute(tag: Tag, { name, value }: Attribute): Activity | null {
  if (value === '') return null;
  if (name.includes('on') && isHandlerName(name) && !isComponentProp(value)) return 'handler';
  if (value.length < 5) return null;
  // What most values have not: no URL with a scheme is without it.
  const hasColon = value.includes(':');
  if (hasColon && isScriptUrl(value) && !(name === 'content' && tag.name !== 'meta')) return 'script-url';
  if (name === 'style' && isActiveStyle(value)) return 'style';
  if (name === 'srcdoc') return 'frame';
  if (
    hasColon &&
    urlAttributes.has(name) &&
    /(?:url\s*=|[;,]\s*)\s*["']?\s*(?:javascript|vbscript|data)\s*:/i.test(foldUrl(value))
  )
    return 'script-url';
  return null;
}

/** Attributes of a frame or an object that say what it loads. */
const sources = new Set(['src', 'data', 'code', 'codebase', 'classid']);

function activityOfName(tag: Tag): Activity | null {
  if (frames.has(tag.name) && tag.attributes.some(({ name }) => sources.has(name))) return 'frame';
  if (tag.name === 'base' && tag.attributes.some(({ name }) => name === 'href')) return 'base';
  if (tag.name === '!entity' || tag.name === '!element' || /^\?(?:import|xml-stylesheet)/.test(tag.name))
    return 'markup';
  if (tag.name === 'meta' && tag.attributes.some(({ value }) => /refresh|set-cookie|utf-7/i.test(value)))
    return 'markup';
  if (
    tag.name === 'link' &&
    tag.attributes.some(({ name, value }) => name === 'rel' && /import/i.test(value))
  )
    return 'markup';
  return null;
}

/** `onerror` and whatever else browsers may call one day, but not `once`. */
export function isHandlerName(name: string): boolean {
  const bare = name.replace(/^["'`]+/, '').replace(/^[\w-]+:(?=on)/, '');
  return /^on[a-z]{3,24}$/.test(bare) && !notHandlers.has(bare);
}

/** `onClick={save}` is a prop of a component, not an attribute of a page. */
export function isComponentProp(value: string): boolean {
  return /^\{(?:[\w.]+\}?$|\([\w,{}]*\)?$|\s*(?:async\s*)?\(?[\w, {}]*\)?\s*=>)/.test(value);
}

/** A URL that runs script: scheme after white space, control characters and entities are taken off, as browsers do. */
export function isScriptUrl(value: string): boolean {
  const folded = foldUrl(value).slice(0, 64);
  return (
    /^(?:javascript|vbscript|livescript|mocha|jar|feed:javascript|view-source:javascript):/.test(folded) ||
    /^data:(?:(?:text\/(?:html|javascript|xml|vbscript)|image\/svg|application\/(?:xml|xhtml|javascript|x-javascript)|[;,]*(?:charset|base64|,\s*<)))/.test(
      folded,
    )
  );
}

function foldUrl(value: string): string {
  return value
    .slice(0, 512)
    .replace(/[\u0000-\u0020\u00a0\u00ad\u200b-\u200f\ufeff\\]+/g, '')
    .toLowerCase();
}

/** CSS that runs script in some browser: expressions, bindings, behaviours, script URLs. */
export function isActiveStyle(value: string): boolean {
  const folded = value
    .slice(0, 2048)
    .replace(/\/\*[^*]{0,200}\*\//g, '')
    .replace(/[\s\\\u0000]+/g, '')
    .toLowerCase();
  return /expression\(|-moz-binding|behaviou?r:url|url\(["']?(?:javascript|vbscript|data:text\/html)|@import["'(]*javascript/.test(
    folded,
  );
}
