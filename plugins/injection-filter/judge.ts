import { base64Decoded, decodings, strippings } from './decode.ts';
import type { Decoded } from './decode.ts';
import type { Match } from './finding.ts';
import { frameOf, type Frame } from './frame.ts';
import { findShell } from './shell.ts';
import { findSql } from './sql.ts';
import { suspicion, Suspect } from './suspicion.ts';
import { findXss } from './xss.ts';

/** A match and how the value had to be read to see it. */
export interface Judgement extends Match {
  /** The text in which the range lies: the value, or what it decodes to. */
  readonly text: string;
  readonly decodedBy: readonly string[];
  /** True when it is only told, never refused: hidden in Base64. */
  readonly isReportedOnly: boolean;
}

/** Judges one value as data: what in it would act as code, in any of its readings. Null when nothing would. */
export function judge(value: string): Judgement | null {
  const suspected = suspicion(value);
  if (suspected === 0) return null;
  const found = judgeText(value, suspected);
  if (found) return { ...found, text: value, decodedBy: [], isReportedOnly: false };
  if (!(suspected & Suspect.encoded)) return null;
  for (const { text, by } of readings(value)) {
    const inside = judgeText(text, suspicion(text));
    if (inside) return { ...inside, text, decodedBy: by, isReportedOnly: false };
  }
  return judgeBase64(value);
}

/** What the value decodes to, stage by stage, and the last of it without markup comments. */
function* readings(value: string): Generator<Decoded> {
  let last: Decoded = { text: value, by: [] };
  for (const stage of decodings(value)) yield (last = stage);
  for (const { name, applies, decode } of strippings) {
    if (applies.test(last.text)) yield { text: decode(last.text), by: [...last.by, name] };
  }
}

function judgeBase64(value: string): Judgement | null {
  const text = base64Decoded(value);
  const found = text === null ? null : judgeText(text, suspicion(text));
  return found && text !== null ? { ...found, text, decodedBy: ['base64'], isReportedOnly: true } : null;
}

const detectors = [
  [Suspect.xss, findXss],
  [Suspect.sql, findSql],
  [Suspect.shell, findShell],
] as const;

function judgeText(text: string, suspected: number): Match | null {
  let frame: Frame | null = null;
  for (const [suspect, find] of detectors) {
    const match = suspected & suspect ? find(text) : null;
    if (!match) continue;
    frame ??= frameOf(text);
    if (acts(match, frame, text)) return match;
  }
  return null;
}

/** Whether a match acts in its frame: programs and documents hold code as content, but none begins by closing a quote. */
function acts(match: Match, frame: Frame, text: string): boolean {
  if (frame === 'plain' || match.attack === 'budget') return true;
  if (match.strength === 'likely') return false;
  if (frame === 'code')
    return match.attack === 'sqli' && /^[\w%().,"'-]{0,24}$/.test(text.slice(0, match.start));
  return match.attack !== 'command';
}
