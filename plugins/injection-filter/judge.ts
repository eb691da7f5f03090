import { base64Decoded, decodings } from './decode.ts';
import type { Match } from './finding.ts';
import { frameOf, type Frame } from './frame.ts';
import { findShell } from './shell.ts';
import { findSql } from './sql.ts';
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
  const found = judgeText(value);
  if (found) return { ...found, text: value, decodedBy: [], isReportedOnly: false };
  for (const { text, by } of decodings(value)) {
    const inside = judgeText(text);
    if (inside) return { ...inside, text, decodedBy: by, isReportedOnly: false };
  }
  return judgeBase64(value);
}

function judgeBase64(value: string): Judgement | null {
  const text = base64Decoded(value);
  const found = text === null ? null : judgeText(text);
  return found && text !== null ? { ...found, text, decodedBy: ['base64'], isReportedOnly: true } : null;
}

const detectors = [findXss, findSql, findShell] as const;

function judgeText(text: string): Match | null {
  let frame: Frame | null = null;
  for (const find of detectors) {
    const match = find(text);
    if (!match) continue;
    frame ??= frameOf(text);
    if (acts(match, frame)) return match;
  }
  return null;
}

/** Whether a match acts in its frame: programs and documents hold code as content. */
function acts(match: Match, frame: Frame): boolean {
  if (frame === 'plain') return true;
  if (frame === 'code') return false;
  return match.strength === 'certain' && match.attack !== 'command';
}
