import { findUnsafeCode } from './code-safety.ts';
import type { FieldKind } from './config.ts';
import { base64Decoded } from './decode.ts';
import { overBudget, type Match } from './finding.ts';
import { frameOf, type Frame } from './frame.ts';
import { Pieces } from './pieces.ts';
import { readings, type Whole } from './readings.ts';
import { findShell, shellPieces } from './shell.ts';
import { sqlPieces } from './sql-forms.ts';
import { findSql } from './sql.ts';
import { lastWalk, suspicion } from './suspicion.ts';
import { Suspect } from './suspicion-walk.ts';
import { isTalk } from './talk.ts';
import { cost, densityOf, nothingSpent, type Spent } from './work.ts';
import { findXss, xssPieces } from './xss.ts';

/** A match and how the value had to be read to see it. */
export interface Judgement extends Match {
  /** The text in which the range lies: the value, or what it decodes to. */
  readonly text: string;
  readonly decodedBy: readonly string[];
  /** True when it is only told, never refused: hidden in Base64, or talked about. */
  readonly isReportedOnly: boolean;
}

/**
 * Judges one value as data: what in it would act as code, in any of its readings. Null when nothing would. A field
 * whose kind nobody knows is judged by what the value itself is.
 */
export function judge(value: string, kind: FieldKind | null = null): Judgement | null {
  if (kind === 'code') return judgeCode(value);
  const suspected = suspicion(value);
  if (suspected === 0) return null;
  const spent = nothingSpent(value);
  const { bytes, marks } = lastWalk();
  spent.density = densityOf(marks, bytes);
  spent.left -= cost.suspicion * bytes + cost.mark * marks;
  return inReadings(value, suspected, kind, spent) ?? (spent.isOver ? halfRead(value) : null);
}

/** Of a program or a document that asks for more work than its length allows nobody knows all it holds. */
function halfRead(text: string): Judgement {
  return { ...overBudget(0), text, decodedBy: [], isReportedOnly: true };
}

function inReadings(
  value: string,
  suspected: number,
  kind: FieldKind | null,
  spent: Spent,
): Judgement | null {
  const found = judgeText(value, suspected, kind, spent);
  if (found) return judgementOf(found, value, [], kind);
  if (!(suspected & Suspect.encoded)) return null;
  // Where nearly everything is suspected already, finding out anew costs a long text more than it spares.
  const isSettled = value.length > longText && isMostOf(suspected);
  const mayRead = (characters: number): boolean =>
    (spent.left -= cost.reading * spent.density * characters) >= 0;
  let whole: Whole | null = null;
  let frame: Frame | null = null;
  for (const reading of readings(value, mayRead)) {
    const { text, by, isCutOff } = reading;
    // Pieces say less of what they are than the whole that they are read in.
    if (reading.whole !== whole) frame = reading.whole && framed(reading.whole.head, kind);
    whole = reading.whole;
    spent.length = whole?.length ?? text.length;
    const suspects = isSettled ? everyAttack : suspicion(text);
    if (!isSettled) spent.left -= cost.suspicion * text.length + cost.mark * lastWalk().marks;
    const inside = judgeText(text, suspects, kind, spent, frame);
    if (inside && (inside.attack === 'budget' || !isCutOff || inside.start >= firstPlace))
      return judgementOf(inside, text, by, kind);
  }
  if (spent.left < 0) return unread(value, kind, spent);
  return judgeBase64(value, kind);
}

/** What is done about a value when the work that it may take is used up before it was read in all ways. */
function unread(value: string, kind: FieldKind | null, spent: Spent): Judgement | null {
  spent.isOver = true;
  return framed(value, kind) === 'plain' ? judgementOf(overBudget(0), value, [], kind) : null;
}

/** What is found before it in a piece that was cut off may only seem to begin a value. */
const firstPlace = 8;

function judgementOf(
  match: Match,
  text: string,
  decodedBy: readonly string[],
  kind: FieldKind | null,
): Judgement {
  return { ...match, text, decodedBy, isReportedOnly: isTalk(text, match, kind) };
}

function judgeCode(value: string): Judgement | null {
  const found = findUnsafeCode(value);
  return found && { ...found, text: value, decodedBy: [], isReportedOnly: false };
}

function judgeBase64(value: string, kind: FieldKind | null): Judgement | null {
  const text = base64Decoded(value);
  const found = text === null ? null : judgeText(text, suspicion(text), kind, nothingSpent(text));
  return found && text !== null ? { ...found, text, decodedBy: ['base64'], isReportedOnly: true } : null;
}

const detectors = [
  [Suspect.xss, findXss, cost.xss],
  [Suspect.sql, findSql, cost.sql],
  [Suspect.shell, findShell, cost.shell],
] as const;

const pieces = new Pieces([...xssPieces, ...sqlPieces, ...shellPieces]);

const everyAttack = Suspect.xss | Suspect.sql | Suspect.shell;

/** Whether at least two of the three detectors have to look. */
function isMostOf(suspected: number): boolean {
  const attacks = suspected & everyAttack;
  return attacks !== 0 && ![Suspect.xss, Suspect.sql, Suspect.shell].some((each) => each === attacks);
}

/** Where a text of another frame than plain is long enough that telling its frame first spares work. */
const longText = 4096;
/** In a program only what its value begins with can act: see `acts`. */
const programStart = 512;

/** `known` is the frame of the text that this one is a piece of, where it is one. */
function judgeText(
  text: string,
  suspected: number,
  kind: FieldKind | null,
  spent: Spent,
  known: Frame | null = null,
): Match | null {
  if (suspected === 0) return null;
  let frame: Frame | null = kind === 'identifier' ? 'plain' : known;
  if (frame === null && text.length > longText) frame = framed(text, kind);
  const look = frame === 'code' && text.length > longText ? text.slice(0, programStart) : text;
  const holds = pieces.heldBy(look);
  for (const [suspect, find, perCharacter] of detectors) {
    if (!(suspected & suspect) || isContentOf(kind, suspect) || isNeverActive(suspect, frame)) continue;
    spent.left -= perCharacter * spent.density * look.length;
    const match = spent.left < 0 ? overBudget(0) : find(look, spent, holds);
    if (!match || (kind === 'html' && isMarkup(match))) continue;
    frame ??= framed(text, kind);
    if (acts(match, frame, text)) return match;
    if (match.attack === 'budget') spent.isOver = true;
  }
  return null;
}

function framed(text: string, kind: FieldKind | null): Frame {
  return kind === 'prompt' ? promptFrame(text) : frameOf(text);
}

/** What `acts` would leave alone wherever it stood. */
function isNeverActive(suspect: number, frame: Frame | null): boolean {
  return (frame === 'code' && suspect === Suspect.xss) || (frame === 'document' && suspect === Suspect.shell);
}

/** SQL is what a field for SQL holds; the same for markup in one for HTML, where scripts still are none. */
function isContentOf(kind: FieldKind | null, suspect: number): boolean {
  return kind === 'sql' && suspect === Suspect.sql;
}

function isMarkup({ attack, rule }: Match): boolean {
  return attack === 'xss' && ['xss/style', 'xss/markup', 'xss/frame', 'xss/script-call'].includes(rule);
}

/** A field known to hold prompts is a document however short its value is. */
function promptFrame(text: string): Frame {
  const frame = frameOf(text);
  return frame === 'plain' ? 'document' : frame;
}

/** Whether nothing but the end of a value stands before a match: what a shell is given on the next line, or the rest of a statement. */
function isBehindValue({ attack }: Match, before: string): boolean {
  if (attack === 'command') return /^(?:[\d.]{1,24}|[\w.-]{0,16}["')]{1,3})$/.test(before);
  return attack === 'sqli' && /^[\w%().,"'-]{0,24}$/.test(before);
}

/** Whether a match acts in its frame: programs and documents hold code as content, but none begins by closing a quote. */
function acts(match: Match, frame: Frame, text: string): boolean {
  if (frame === 'plain') return true;
  if (match.attack === 'budget' || match.strength === 'likely') return false;
  if (frame === 'code') return isBehindValue(match, text.slice(0, match.start));
  return match.attack !== 'command';
}
