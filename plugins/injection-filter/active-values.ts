/* oxlint-disable no-control-regex -- control characters are what browsers and decoders drop */
import { characterSet } from './character-set.ts';

/** English words and common names that begin like an event handler and are none. */
const notHandlers = new Set(
  'on once one only online onto ongoing onboarding onset onion ones ontology onsite onward'.split(' '),
);

/** `onerror` and whatever else browsers may call one day, but not `once`. */
export function isHandlerName(name: string): boolean {
  const bare = name.replace(/^["'`]+/, '').replace(/^[\w-]+:(?=on)/, '');
  return /^on[a-z]{3,24}$/.test(bare) && !notHandlers.has(bare);
}

/** `onClick={save}` is a prop of a component, not an attribute of a page. */
export function isComponentProp(value: string): boolean {
  return /^\{(?:[\w.]+\}?$|\([\w,{}]*\)?$|\s*(?:async\s*)?\(?[\w, {}]*\)?\s*=>)/.test(value);
}

/** What may be white space to a pattern or is dropped by `foldUrl`, and all else that is no letter of a scheme. */
export function isPassedOver(code: number): boolean {
  return code <= 32 || code === 92 || code >= 128;
}

/** The letters that a URL which runs script begins with. */
const schemeStarts = characterSet('jvlmfdJVLMFD');

function beginsLikeScript(value: string): boolean {
  let first = 0;
  while (isPassedOver(value.charCodeAt(first))) first += 1;
  return schemeStarts[value.charCodeAt(first)] === 1;
}

/** A URL that runs script: scheme after white space, control characters and entities are taken off, as browsers do. */
export function isScriptUrl(value: string): boolean {
  if (!beginsLikeScript(value)) return false;
  const folded = foldUrl(value).slice(0, 64);
  return (
    /^(?:javascript|vbscript|livescript|mocha|jar|feed:javascript|view-source:javascript):/.test(folded) ||
    /^data:(?:(?:text\/(?:html|javascript|xml|vbscript)|image\/svg|application\/(?:xml|xhtml|javascript|x-javascript)|[;,]*(?:charset|base64|,\s*<)))/.test(
      folded,
    )
  );
}

/** No more of a URL is read. */
export const mostOfUrl = 512;

export function foldUrl(value: string): string {
  return value
    .slice(0, mostOfUrl)
    .replace(/[\u0000-\u0020\u00a0\u00ad\u200b-\u200f\ufeff\\]+/g, '')
    .toLowerCase();
}

/** CSS that runs script in some browser: expressions, bindings, behaviours, script URLs. */
export function isActiveStyle(value: string): boolean {
  // Most styles have none of the characters that one of these cannot be without.
  if (!/[(@z]/i.test(value)) return false;
  const folded = value
    .slice(0, 2048)
    .replace(/\/\*[^*]{0,200}\*\//g, '')
    .replace(/[\s\\\u0000]+/g, '')
    .toLowerCase();
  return /expression\(|-moz-binding|behaviou?r:url|url\(["']?(?:javascript|vbscript|data:text\/html)|@import["'(]*javascript/.test(
    folded,
  );
}
