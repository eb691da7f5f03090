import { attackFunctions, partsOf, Part } from './sql-words.ts';
import { allCommands } from './shell-words.ts';

/** What a text may hold; a detector runs only when its bit is set. */
export const Suspect = { sql: 1, xss: 2, shell: 4, encoded: 8 } as const;

/** Parts a word plays for the prefilter. Bits of `hot`. */
const Hot = {
  logic: 1,
  comparison: 2,
  statement: 4,
  clause: 8,
  /** Runs code or waits when a parenthesis follows. */
  sqlCall: 16,
  /** Calls or objects that scripts end in. */
  script: 32,
  command: 64,
  /** Runs a command line when a parenthesis follows. */
  execution: 128,
  select: 256,
  union: 512,
  rareSql: 1024,
  rareShell: 2048,
  handler: 4096,
  caseWord: 8192,
  whenWord: 16384,
  climb: 32768,
  /** An object that scripts reach through: a dot, a bracket or an equals sign follows. */
  object: 65536,
  /** A URL scheme, or CSS that calls. */
  scheme: 131072,
} as const;

/** Words by a hash of 16 bits; two words in one slot only make the filter look once more. */
const slots = 1 << 16;
const hot = new Uint32Array(slots);

function hashOf(word: string): number {
  let hash = 0;
  for (let at = 0; at < word.length; at += 1) hash = (Math.imul(hash, 31) + (word.charCodeAt(at) | 32)) | 0;
  return hash & (slots - 1);
}

function mark(words: Iterable<string>, bits: number): void {
  for (const word of words) hot[hashOf(word)] = (hot[hashOf(word)] ?? 0) | bits;
}

const split = (list: string): readonly string[] => list.trim().split(/\s+/);
const sqlWords = split(
  `and or xor like rlike regexp ilike is in between similar sounds glob div mod collate isnull notnull overlaps match not exists
   select insert update delete drop create alter truncate exec execute declare waitfor shutdown call merge replace grant revoke begin
   backup restore load copy handler vacuum attach pragma rename kill do print set if while desc go with
   union intersect except minus where having group order limit offset procedure into from as values returning`,
);
for (const word of sqlWords) {
  const parts = partsOf(word);
  mark(
    [word],
    (parts & Part.logic ? Hot.logic : 0) |
      (parts & Part.comparison || word === 'not' || word === 'exists' ? Hot.comparison : 0) |
      (parts & Part.statement ? Hot.statement : 0) |
      (parts & Part.clause ? Hot.clause : 0),
  );
}
mark(attackFunctions, Hot.sqlCall);
mark(['select'], Hot.select);
mark(['union', 'intersect', 'except', 'minus'], Hot.union);
mark(['case'], Hot.caseWord);
mark(['when'], Hot.whenWord);
mark(
  split('outfile dumpfile analyse waitfor pg_sleep benchmark extractvalue updatexml load_file xp_cmdshell'),
  Hot.rareSql,
);
mark(
  split(
    'alert prompt confirm eval execscript settimeout setinterval function importscripts msgbox atob expression url import',
  ),
  Hot.script,
);
mark(
  split(
    'alert prompt confirm eval document window self top parent globalthis this frames location onerror innerhtml outerhtml string fromcharcode call',
  ),
  Hot.object,
);
mark(split('behavior behaviour binding'), Hot.scheme);
mark(split('constructor __proto__ prototype $eval eval alert'), Hot.climb | Hot.object);
mark(allCommands, Hot.command);
mark(
  split(
    'system exec passthru shell_exec popen proc_open pcntl_exec eval assert subprocess run call output getruntime spawn execsync',
  ),
  Hot.execution,
);
mark(
  split('ifs tcp udp nc ncat netcat powershell iex invoke webclient phpinfo dir bin passwd shadow ini hosts'),
  Hot.rareShell,
);

/** 1 letter, digit or underscore; 2 blank; 3 anything that needs a look. */
const kinds = new Uint8Array(128).fill(3);
for (const each of 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_')
  kinds[each.charCodeAt(0)] = 1;
for (const each of ' \t\n\r') kinds[each.charCodeAt(0)] = 2;

/** What the walk over a text knows so far. */
interface Walk {
  readonly text: string;
  found: number;
  /** All word bits seen. */
  words: number;
  /** The last word's bits, and what stood before it. */
  last: number;
  /** The last character that is no blank and no part of a word, and where. */
  mark: number;
  markAt: number;
  /** Where the last word ended. */
  wordEnd: number;
  /** Whether the last word, and the one before it, is a number. */
  isNumber: boolean;
  wasNumber: boolean;
  /** Bits of marks seen anywhere. */
  marks: number;
}

const Seen = {
  comparison: 1,
  comment: 2,
  separator: 4,
  dollar: 8,
  equals: 16,
  close: 32,
  braces: 64,
  plus: 128,
  earlyComment: 256,
} as const;

/** A text up to this long may be one expression from start to end. */
const longestExpression = 512;

/**
 * Which detectors need to look at a text: one pass, no allocation per word, conservative. 0 for nearly all prose,
 * names, numbers and identifiers.
 */
export function suspicion(text: string): number {
  const walk: Walk = {
    text,
    found: 0,
    words: 0,
    last: 0,
    mark: 0,
    markAt: -1,
    wordEnd: -1,
    isNumber: false,
    wasNumber: false,
    marks: 0,
  };
  let hash = 0;
  let start = -1;
  const { length } = text;
  for (let at = 0; at < length; at += 1) {
    const code = text.charCodeAt(at);
    const kind = code < 128 ? (kinds[code] ?? 3) : 3;
    if (kind === 1) {
      if (start < 0) {
        start = at;
        hash = 0;
      }
      hash = (Math.imul(hash, 31) + (code | 32)) | 0;
      continue;
    }
    if (start >= 0) {
      afterWord(walk, start, at, hash);
      start = -1;
    }
    if (kind === 3) atMark(walk, at, code);
    else if (code !== 32) atBreak(walk, at);
  }
  if (start >= 0) afterWord(walk, start, length, hash);
  return conclude(walk);
}

function afterWord(walk: Walk, start: number, end: number, hash: number): void {
  const first = walk.text.charCodeAt(start);
  let bits = hot[hash & (slots - 1)] ?? 0;
  if ((first | 32) === 111 && end - start > 4 && (walk.text.charCodeAt(start + 1) | 32) === 110)
    bits |= Hot.handler;
  const isAfterMark = walk.wordEnd <= walk.markAt;
  if (bits !== 0) {
    if (isAfterMark) hotAfterMark(walk, bits, start);
    else if (bits & Hot.statement && isDigit(walk.text.charCodeAt(walk.wordEnd - 1)))
      walk.found |= Suspect.sql;
    walk.words |= bits;
    if (bits & Hot.whenWord && walk.words & Hot.caseWord && walk.text.length < longestExpression)
      walk.found |= Suspect.sql;
  }
  if (
    walk.last & Hot.comparison &&
    !isAfterMark &&
    ((isDigit(first) && walk.wasNumber) || bits & Hot.comparison)
  )
    walk.marks |= Seen.comparison;
  walk.last = bits;
  walk.wasNumber = walk.isNumber || isAfterMark;
  walk.isNumber = isDigit(first);
  walk.wordEnd = end;
}

/** A hot word right after a quote, a separator or a parenthesis. */
function hotAfterMark(walk: Walk, bits: number, start: number): void {
  const { mark } = walk;
  const sqlBits = Hot.logic | Hot.comparison | Hot.clause | Hot.statement;
  if (isQuote(mark) || mark === 41) {
    if (bits & (mark === 41 ? Hot.statement | Hot.clause : sqlBits)) walk.found |= Suspect.sql;
  } else if (mark === 59 || mark === 0x2f) {
    if (bits & (Hot.statement | Hot.sqlCall)) walk.found |= Suspect.sql;
  } else if (mark === 40 && bits & (Hot.select | Hot.union | Hot.caseWord | Hot.sqlCall | Hot.comparison))
    walk.found |= Suspect.sql;
  if (bits & Hot.command && isSeparatorAt(walk, start)) walk.found |= Suspect.shell;
}

function isSeparatorAt({ mark, text, markAt }: Walk, start: number): boolean {
  if (mark === 59 || mark === 124 || mark === 38) return true;
  if (mark === 40)
    return (
      text.charCodeAt(markAt - 1) === 36 ||
      text.charCodeAt(markAt - 1) === 60 ||
      text.charCodeAt(markAt - 1) === 62
    );
  if (mark === 96)
    return (
      markAt < 64 ||
      '=;|&('.includes(text[markAt - 1] ?? ' ') ||
      (text[markAt - 1] === ' ' && ';|&='.includes(text[markAt - 2] ?? 'x'))
    );
  if (mark === 39 || mark === 34 || mark === 64 || mark === 92 || mark === 123 || mark === 33)
    return /[;|&(]\s*['"@\\{!\s]*$/.test(text.slice(Math.max(0, start - 12), start));
  return false;
}

/** A line break or tab: a command may follow, in a short value. */
function atBreak(walk: Walk, at: number): void {
  if (at < 80 && walk.text.length < 200) walk.found |= Suspect.shell;
}

function atMark(walk: Walk, at: number, code: number): void {
  const { text } = walk;
  const isAfterWord = walk.wordEnd > walk.markAt;
  const isAdjacent = walk.wordEnd === at;
  const next = text.charCodeAt(at + 1);
  if (code >= 128) {
    if (isOdd(code)) walk.found |= Suspect.encoded;
    if (
      code === 0x2018 ||
      code === 0x2019 ||
      code === 0x201c ||
      code === 0x201d ||
      code === 160 ||
      code === 0x3000
    )
      walk.mark = code;
    else return;
  }
  switch (code) {
    case 60: // <
      if (isTagStart(next)) walk.found |= Suspect.xss;
      if (isQuote(walk.mark) && !isAfterWord) walk.found |= Suspect.sql;
      if (next === 40 || next === 47 || next === 60 || next === 33) walk.found |= Suspect.shell;
      walk.marks |= Seen.comparison;
      break;
    case 62: // >
      walk.marks |= Seen.comparison;
      if (next === 40) walk.found |= Suspect.shell;
      if (isQuote(walk.mark) && !isAfterWord) walk.found |= Suspect.sql;
      break;
    case 61: // =
      walk.marks |= Seen.comparison | Seen.equals;
      if (isAfterWord && walk.last & (Hot.handler | Hot.object)) walk.found |= Suspect.xss;
      if (isObjectName(text, at, next)) walk.found |= Suspect.xss;
      if (isQuote(walk.mark) && !isAfterWord) walk.found |= Suspect.sql;
      break;
    case 33:
    case 126:
    case 94:
    case 42: // ! ~ ^ *
      if (next === 61) walk.marks |= Seen.comparison;
      if (isQuote(walk.mark) && !isAfterWord) walk.found |= Suspect.sql;
      break;
    case 40: // (
      if (isAfterWord) {
        if (walk.last & Hot.sqlCall) walk.found |= Suspect.sql;
        if (walk.last & Hot.script) walk.found |= Suspect.xss;
        if (walk.last & Hot.execution) walk.found |= Suspect.shell;
        if (walk.last & Hot.comparison && walk.words & (Hot.logic | Hot.clause))
          walk.marks |= Seen.comparison;
        if (text.length <= longestExpression && (isAdjacent || isFunctionBefore(text, walk.wordEnd)))
          walk.found |= Suspect.sql;
      }
      if (next === 41) walk.found |= Suspect.shell;
      break;
    case 41:
      walk.marks |= Seen.close;
      break;
    case 34:
    case 39:
    case 96:
      if (isAfterWord && walk.last & (Hot.comparison | Hot.caseWord)) walk.marks |= Seen.comparison;
      if (code === 96 && isAdjacent && walk.last & (Hot.script | Hot.object)) walk.found |= Suspect.xss;
      if (!isAfterWord && isQuote(walk.mark) && walk.mark !== code && text.length < 200)
        walk.found |= Suspect.sql;
      if (code === 39 && next === 39) walk.found |= Suspect.sql;
      break;
    case 58: // :
      if (isAfterWord && (isScheme(text, at, next) || walk.last & Hot.scheme)) walk.found |= Suspect.xss;
      if (next === 58) walk.marks |= Seen.comparison;
      break;
    case 46: // .
      if (isAdjacent && walk.last & Hot.object && (isLetterOrQuote(next) || next === 91))
        walk.found |= Suspect.xss;
      break;
    case 91: // [
      if (isAfterWord && walk.last & Hot.object) walk.found |= Suspect.xss;
      break;
    case 63: // ?
      if (isAdjacent && walk.last & Hot.script && next === 46) walk.found |= Suspect.xss;
      if (isQuote(walk.mark) && !isAfterWord) walk.found |= Suspect.sql;
      break;
    case 45: // -
      if (next === 45) commentAt(walk, at);
      if (isQuote(walk.mark) && !isAfterWord) walk.found |= Suspect.sql;
      break;
    case 35: // #
      commentAt(walk, at);
      break;
    case 47: // /
      if (next === 42) commentAt(walk, at);
      if (isQuote(walk.mark) && !isAfterWord && text.length < 2000) walk.found |= Suspect.sql;
      if (';|&`'.includes(text[walk.markAt] ?? ' ') && !isAfterWord && walk.markAt >= 0)
        walk.found |= Suspect.shell;
      break;
    case 43: // +
      walk.marks |= Seen.plus;
      if (isQuote(walk.mark) && !isAfterWord) walk.found |= Suspect.sql;
      if (next === 65) walk.found |= Suspect.encoded;
      break;
    case 59:
    case 124:
    case 38: // ; | &
      walk.marks |= Seen.separator;
      if (code !== 59 && isQuote(walk.mark) && !isAfterWord) walk.found |= Suspect.sql;
      if (code === next) walk.words |= Hot.logic;
      separatorAt(walk, at, code, next);
      break;
    case 36: // $
      walk.marks |= Seen.dollar;
      if (isAdjacent && (!isLetterOrQuote(next) || next === 95)) walk.found |= Suspect.shell;
      if ((next === 123 || next === 73) && isExpansion(text, at)) walk.found |= Suspect.shell;
      break;
    case 37: // %
      if (isHex(next) || (next | 32) === 117) walk.found |= Suspect.encoded;
      else if (text.charCodeAt(at + 2) === 37) walk.found |= Suspect.encoded;
      if (isQuote(walk.mark) && !isAfterWord) walk.found |= Suspect.sql;
      break;
    case 92: // \
      if (isAdjacent && walk.marks & Seen.separator) walk.found |= Suspect.shell;
      if ((next | 32) === 117 || (next | 32) === 120 || (next >= 48 && next <= 51))
        walk.found |= Suspect.encoded;
      if ((next | 32) === 110 || (next | 32) === 114) walk.found |= Suspect.shell;
      break;
    case 123: // {
      if (next === 123) walk.marks |= Seen.braces;
      if (isLetterOrQuote(next) || next === 47)
        walk.found |= text.slice(at + 1, at + 14).includes(',') ? Suspect.shell : 0;
      break;
    case 64: // @
      if (next === 64) walk.found |= Suspect.sql;
      if (walk.last & Hot.comparison) walk.marks |= Seen.comparison;
      if ((next | 32) === 105) walk.found |= Suspect.xss;
      break;
    case 44:
    case 125:
    case 93:
      break;
    default:
      if (code < 32 || code === 127) walk.found |= Suspect.encoded | Suspect.sql | Suspect.xss;
  }
  walk.mark = code;
  walk.markAt = at;
}

function isFunctionBefore(text: string, end: number): boolean {
  const word = /\w+$/.exec(text.slice(Math.max(0, end - 24), end))?.[0] ?? '';
  return (partsOf(word.toLowerCase()) & (Part.commonFunction | Part.attackFunction)) !== 0;
}

/** `;` with a statement or a command behind it, or a disguise of one. */
function separatorAt(walk: Walk, at: number, code: number, next: number): void {
  const { text } = walk;
  let to = at + 1;
  while (text.charCodeAt(to) === 32) to += 1;
  const behind = text.charCodeAt(to);
  if (code === 38 && (next === 35 || isLetter(next)) && hasEntity(text, at)) walk.found |= Suspect.encoded;
  if (code === 59 && (behind === 40 || behind === 47 || behind === 35 || behind === 45))
    walk.found |= Suspect.sql;
  if (Number.isNaN(behind)) {
    if (text.length <= 200) walk.found |= Suspect.shell | Suspect.sql;
  } else if ('/.~$`\'"\\{<>@!(%?*'.includes(text[to] ?? ' ')) walk.found |= Suspect.shell;
}

function hasEntity(text: string, at: number): boolean {
  for (let end = at + 1; end < at + 16; end += 1) {
    const code = text.charCodeAt(end);
    if (code === 59 || code === 35) return true;
    if (!isLetter(code) && !isDigit(code))
      return /^(?:lt|gt|amp|quot|apos)/i.test(text.slice(at + 1, at + 6));
  }
  return false;
}

/** `$IFS`, `${IFS}`, `${print(…)}`, and not the `${name}` of a template. */
function isExpansion(text: string, at: number): boolean {
  return /^\$(?:\{?IFS|\{\s*@?\w+\s*\(|\{[^\w\s]|\{\w*\}\w)/.test(text.slice(at, at + 40));
}

function commentAt(walk: Walk, at: number): void {
  walk.marks |= Seen.comment;
  if (isQuote(walk.mark) && walk.wordEnd <= walk.markAt) walk.found |= Suspect.sql;
  if (at < 300 && at > 0) walk.marks |= Seen.earlyComment;
  if (walk.text.charCodeAt(at) === 47) {
    walk.found |= Suspect.encoded;
    if (walk.last & Hot.sqlCall || walk.text[at + 2] === '!') walk.found |= Suspect.sql;
  }
}

/** What only the whole text tells. */
function conclude(walk: Walk): number {
  const { text, words, marks } = walk;
  let { found } = walk;
  if (marks & Seen.comparison && (words & (Hot.logic | Hot.clause) || marks & Seen.close))
    found |= Suspect.sql;
  if (marks & Seen.earlyComment && startsAsExpression(text)) found |= Suspect.sql;
  if (words & Hot.union && words & Hot.select) found |= Suspect.sql;
  if (words & Hot.rareSql) found |= Suspect.sql;
  if (words & Hot.rareShell) found |= Suspect.shell;
  if (marks & Seen.braces && words & Hot.climb) found |= Suspect.xss;
  if (marks & Seen.dollar && marks & Seen.equals && marks & Seen.separator) found |= Suspect.shell;
  if (text.length <= 200 && words & (Hot.script | Hot.object) && walk.markAt >= 0) found |= Suspect.xss;
  if (text.length <= longestExpression && words & (Hot.clause | Hot.statement) && isNumberedClause(walk))
    found |= Suspect.sql;
  if (marks & Seen.plus && !text.includes(' ')) found |= Suspect.encoded;
  if (text.length >= 16 && isBase64Like(text)) found |= Suspect.encoded;
  return found;
}

/** Whether a text can be one SQL expression from its start: two ordinary words side by side are a sentence. */
function startsAsExpression(text: string): boolean {
  const words = /^[\s(#-]*([A-Za-z_]\w*)\s+([A-Za-z_]\w*)/.exec(text.slice(0, 80));
  return (
    !words || partsOf((words[1] ?? '').toLowerCase()) !== 0 || partsOf((words[2] ?? '').toLowerCase()) !== 0
  );
}

/** `1 order by 5`, `1 limit 2`: a clause in a text without any mark. */
function isNumberedClause({ text, words }: Walk): boolean {
  return (words & Hot.clause) !== 0 && /\d/.test(text);
}

function isBase64Like(text: string): boolean {
  return (
    text.length <= 8192 &&
    !text.includes(' ') &&
    /^[\w+/-]+={0,2}$/.test(text) &&
    /[A-Z]/.test(text) &&
    /[a-z]/.test(text)
  );
}

/** Full-width and other compatibility forms, invisible characters. */
function isOdd(code: number): boolean {
  return (
    (code >= 0xfe50 && code <= 0xff5e) ||
    (code >= 0x200b && code <= 0x200f) ||
    (code >= 0x202a && code <= 0x202e) ||
    (code >= 0x2060 && code <= 0x2064) ||
    (code >= 0x24b6 && code <= 0x24e9) ||
    code === 0xad ||
    code === 0xfeff ||
    code === 0x2bc ||
    code === 0x2032 ||
    code === 0x2035 ||
    code === 0xd835
  );
}

/** `x=alert`: an assignment of something that scripts end in. */
function isObjectName(text: string, at: number, next: number): boolean {
  return isLetter(next) && /^(?:alert|prompt|confirm|eval)\b/.test(text.slice(at + 1, at + 10));
}

/** `javascript:`, also split by blanks, `data:` and `mocha:`. */
function isScheme(text: string, at: number, next: number): boolean {
  let end = at;
  while (end > 0 && text.charCodeAt(end - 1) <= 32) end -= 1;
  const tail = text.slice(Math.max(0, end - 4), end).toLowerCase();
  return tail.endsWith('ipt') || tail === 'ocha' || (tail === 'data' && next !== 32 && next !== 10);
}

function isTagStart(code: number): boolean {
  return (
    isLetter(code) ||
    code === 47 ||
    code === 33 ||
    code === 63 ||
    code === 37 ||
    code === 60 ||
    code === 34 ||
    code === 92 ||
    code < 33
  );
}

function isLetterOrQuote(code: number): boolean {
  return isLetter(code) || code === 34 || code === 39 || code === 95;
}

function isQuote(code: number): boolean {
  return (
    code === 39 ||
    code === 34 ||
    code === 96 ||
    code === 0x2018 ||
    code === 0x2019 ||
    code === 0x201c ||
    code === 0x201d
  );
}

function isLetter(code: number): boolean {
  return (code >= 97 && code <= 122) || (code >= 65 && code <= 90);
}

function isDigit(code: number): boolean {
  return code >= 48 && code <= 57;
}

function isHex(code: number): boolean {
  return isDigit(code) || ((code | 32) >= 97 && (code | 32) <= 102);
}
