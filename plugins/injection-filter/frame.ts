import { codeSigns, type LineSought } from './code-signs.ts';
import { isDenseCode, isDenseData } from './dense-code.ts';

/** What a text is as a whole: it decides whether a piece of code in it is content. */
export type Frame = 'plain' | 'code' | 'document';

/** As much of a text as is looked at to tell what it is. */
const longestLook = 8192;

/** The weight from which on a text is a program, whatever else it holds. */
const enough = 3;

/** Tells programs and structured documents from plain values. Looks at the first 8 KiB. */
export function frameOf(text: string): Frame {
  if (text.startsWith('```')) return 'code';
  if (text.length < 24) return 'plain';
  const look = text.slice(0, longestLook);
  const { weight } = weighed(look);
  if (weight >= enough || (weight === 2 && look.includes('\n')) || isDenseCode(look)) return 'code';
  return isDocument(look) || isDenseData(look) ? 'document' : 'plain';
}

/** What a text has shown: a bit for each sign, and their weight, to which nothing more is added once it is enough. */
interface Tally {
  seen: number;
  weight: number;
}

function weighed(look: string): Tally {
  const tally: Tally = { seen: 0, weight: 0 };
  weighLines(look, tally);
  for (const [index, { weight, anywhere }] of codeSigns.entries()) {
    if (tally.weight >= enough) break;
    if (!anywhere || tally.seen & (1 << index) || !holdsAll(look, anywhere.needs)) continue;
    if (anywhere.pattern.test(look)) count(tally, index, weight);
  }
  return tally;
}

function count(tally: Tally, index: number, weight: number): void {
  tally.seen |= 1 << index;
  tally.weight += weight;
}

/** A sign with its pattern for one place, the first character of a line that is not blank, and for all lines at once. */
interface LineSign extends LineSought {
  readonly index: number;
  readonly weight: number;
  readonly atPlace: RegExp;
  readonly onAnyLine: RegExp;
}

const lineSigns: readonly LineSign[] = codeSigns.flatMap(({ weight, line }, index) => {
  if (!line) return [];
  const { source, flags } = line.pattern;
  const atPlace = new RegExp(source, `${flags}my`);
  return { ...line, index, weight, atPlace, onAnyLine: new RegExp(`^[ \\t]*(?:${source})`, `${flags}m`) };
});

/** The signs that a line can hold, by the code of its first character. */
const byBeginning: readonly (readonly LineSign[])[] = Array.from({ length: 129 }, (_, code) =>
  lineSigns.filter(({ begins }) => begins.includes(String.fromCharCode(code))),
);

/** After so many lines and tries each sign is looked for on all lines at once: a text of short lines costs no more then. */
const mostLooks = 1000;

/** One walk over the lines for all signs that a line begins with. */
function weighLines(look: string, tally: Tally): void {
  const lines = withNewlines(look);
  const idle = lines.includes('\n') ? idleOnLines(look) : 0;
  let looks = 0;
  for (let start = 0; start >= 0; start = nextLine(lines, start)) {
    const place = behindBlanks(look, start);
    for (const sign of byBeginning[Math.min(look.charCodeAt(place), 128)] ?? []) {
      if ((tally.seen | idle) & (1 << sign.index)) continue;
      looks += 1;
      sign.atPlace.lastIndex = place;
      if (sign.atPlace.test(look)) count(tally, sign.index, sign.weight);
      if (tally.weight >= enough) return;
    }
    looks += 1;
    if (looks > mostLooks) return weighAllLines(look, tally, idle);
  }
}

const needySigns = lineSigns.filter(({ needs }) => needs);

/** The signs that no line can hold, a bit for each. */
function idleOnLines(look: string): number {
  let idle = 0;
  for (const { index, needs } of needySigns) if (!holdsAll(look, needs)) idle |= 1 << index;
  return idle;
}

function weighAllLines(look: string, tally: Tally, idle: number): void {
  for (const { index, weight, onAnyLine } of lineSigns) {
    if (tally.weight >= enough) return;
    if (!((tally.seen | idle) & (1 << index)) && onAnyLine.test(look)) count(tally, index, weight);
  }
}

function nextLine(lines: string, start: number): number {
  const end = lines.indexOf('\n', start);
  return end < 0 ? -1 : end + 1;
}

function behindBlanks(look: string, start: number): number {
  let at = start;
  for (let code = look.charCodeAt(at); code === 32 || code === 9; code = look.charCodeAt(at)) at += 1;
  return at;
}

/** The text with a newline for whatever else ends a line for a regular expression. */
function withNewlines(look: string): string {
  const hasOthers = look.includes('\r') || look.includes('\u2028') || look.includes('\u2029');
  return hasOthers ? look.replace(/[\r\u2028\u2029]/g, '\n') : look;
}

function holdsAll(look: string, needs: readonly string[] = []): boolean {
  for (const each of needs) if (!look.includes(each)) return false;
  return true;
}

/** A page of markup ends an element every so many characters, and is no shorter than this. */
const charactersPerEnd = 240;
const shortestPage = 2048;

/** A page, or a piece of one: an attack has no use for so many ends of elements. */
function isPage(look: string): boolean {
  if (look.length < shortestPage) return false;
  const fewest = look.length / charactersPerEnd;
  return look.includes('</') && (look.match(/<\/[a-z][\w:-]{0,24}>/gi)?.length ?? 0) >= fewest;
}

/** A page, Markdown, JSON or a long prompt with headings, lists or tables. */
function isDocument(look: string): boolean {
  if (look.length <= 120) return false;
  if (isPage(look)) return true;
  if (look.length > 200 && /^\s*[{[]\s*["{[]/.test(look)) return true;
  const marks =
    look.match(
      /(?:^|\n|---|\.)[ \t]{0,8}(?:#{1,6}\s?\w|[-*]\s+[*"`\w]|\d+\.\s+\w|\|[^|\n]+\|)|\*\*[^*\n]{2,60}\*\*/g,
    )?.length ?? 0;
  return marks >= 3;
}
