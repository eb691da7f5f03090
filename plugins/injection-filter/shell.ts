import { overBudget, type Match } from './finding.ts';
import { commandWord, isScouting, standsAlone } from './shell-words.ts';

/** Separators looked at in one text: more of them than any program has by its length. */
const mostSeparators = (length: number): number => 500 + length / 50;

/** Finds shell commands that a value adds to a command line it did not begin. */
export function findShell(text: string): Match | null {
  return fixedForms(text) ?? afterSeparators(text) ?? atStart(text) ?? executions(text);
}

function match(rule: string, start: number, end: number, strength: Match['strength'] = 'certain'): Match {
  return { attack: 'command', rule: `command/${rule}`, start, end, strength };
}

interface Form {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly strength: Match['strength'];
}

/** Forms that are an attack by their spelling. Bounded repeats only: each is linear. */
const forms: readonly Form[] = [
  { rule: 'shellshock', strength: 'certain', pattern: /\(\s{0,8}\)\s{0,8}\{[^}\n]{0,40}\}?\s{0,8};/ },
  {
    rule: 'server-side-include',
    strength: 'certain',
    pattern: /<!--\s{0,8}#\s{0,8}(?:exec|include|echo|printenv|config|set|fsize|flastmod)\b/i,
  },
  { rule: 'field-separator', strength: 'likely', pattern: /\$(?:\{IFS[^}]{0,20}\}|IFS\b)/ },
  {
    rule: 'reverse-shell',
    strength: 'likely',
    pattern: /\/dev\/(?:tcp|udp)\/|\bn(?:c|cat|etcat)\s+[^\n]{0,60}-\w{0,4}[ec]\w{0,2}\b/i,
  },
  { rule: 'brace-expansion', strength: 'certain', pattern: /(?:^|[;|&`(\s])\{\w{2,12},[^}\s]{0,80}\}/ },
  {
    rule: 'into-shell',
    strength: 'likely',
    pattern:
      /^(?![^|\n]{0,160}https?:)[^|\n]{1,120}\|[^|\n]{0,40}(?:\|\s*)?(?<=\|\s*)(?:ba|z|k|c)?sh\s*(?:#.*)?$/m,
  },
  { rule: 'binary', strength: 'likely', pattern: /<\/?(?:usr\/)?s?bin\/\w+/ },
  {
    rule: 'directory',
    strength: 'likely',
    pattern: /[;|&]\s{0,8}dir\s{1,8}[a-z]:|\bdir\s{1,8}[a-z]:[\\/]?\s{0,8}[|&;]/i,
  },
  {
    rule: 'cmd-loop',
    strength: 'certain',
    pattern: /[&|;]\s{0,8}(?:cmd\s[^&|]{0,20})?for\s+(?:\/[a-z]\s+[^%]{0,40})?%{1,2}[^\s]{1,3}\s+in\s*\(/i,
  },
  {
    rule: 'powershell',
    strength: 'likely',
    pattern:
      /\bpowershell(?:\.exe)?\s+[^\n]{0,60}-(?:e|enc|encodedcommand|c|command|nop|w|ep|exec)\b|\b(?:iex|invoke-expression)\s*\(|\bnew-object\s+(?:system\.)?net\.webclient/i,
  },
  {
    rule: 'assigned-command',
    strength: 'certain',
    pattern: /(?:^|[;|&^\s?=])(\w{1,12})=[^\s;&|]{1,60}\s{0,4}(?:;|&&?|\|\|?)[^\n]{0,120}?\$\{?\1\b/,
  },
  {
    rule: 'php-expression',
    strength: 'certain',
    pattern: /\$\{\s{0,4}@?\w{2,20}\s{0,4}\(|\bphpinfo\s{0,4}\(\s{0,4}\)/i,
  },
];

function fixedForms(text: string): Match | null {
  for (const { rule, pattern, strength } of forms) {
    const found = pattern.exec(text);
    if (found) return match(rule, found.index, found.index + found[0].length, strength);
  }
  return null;
}

/** Files that are only read to prove that a command ran. */
const proofFiles = /^\s*\S{0,12}\s*\/etc\/(?:passwd|shadow|hosts|issue|group)|\b(?:win|boot)\.ini/;

const separators = /\$[({]`?|[<>]\(|\|\||&&|\$\{|\\[nr](?=[\s/\w])|[;|&\n\r`]/g;

function afterSeparators(text: string): Match | null {
  separators.lastIndex = 0;
  const most = mostSeparators(text.length);
  const hasProof = text.includes('/etc/') || text.includes('.ini');
  for (let count = 0; count < most;) {
    const found = separators.exec(text);
    if (!found) return null;
    if (isPlainBreak(text, found.index, found[0], hasProof)) continue;
    if (!mayBeCommand(text, found.index + found[0].length)) continue;
    count += 1;
    const hit = commandAfter(text, found.index, found[0]);
    if (hit) return hit;
  }
  return overBudget(separators.lastIndex);
}

/** A line break or backtick of a longer text, which separates no commands: told without reading on. */
function isPlainBreak(text: string, at: number, separator: string, hasProof: boolean): boolean {
  if (separator === '`') return at > 300 && !/[=;|&]\s*$/.test(text.slice(at - 4, at));
  if (separator !== '\n' && separator !== '\r') return false;
  return (
    text.length >= 300 &&
    at > 200 &&
    !(hasProof && proofFiles.test(text.slice(at + 1, at + 60).replace(/^\s*\w+/, '')))
  );
}

/** A command as it stands after a separator. */
interface Command {
  /** Freed of quotes, escapes and empty expansions. */
  readonly word: string;
  /** True when it had to be freed of them: nobody writes `c''at`. */
  readonly isDisguised: boolean;
  readonly end: number;
  /** What follows the word, up to 120 characters. */
  readonly rest: string;
}

function readCommand(text: string, from: number): Command {
  const lead = /^[\s({"'@!$\\]{0,12}/.exec(text.slice(from, from + 16))?.[0].length ?? 0;
  const start = from + lead;
  const raw =
    /^(?:[^\s;|&<>()`"'\\]|\\.|'[^']{0,20}'|"[^"]{0,20}"|['"\\])+/.exec(
      text.slice(start, start + 100),
    )?.[0] ?? '';
  const trimmed = raw.replace(/(?:\$IFS|\$\{IFS|\+|,|<).*$/, '');
  const word = trimmed.replace(/\$(?:[@*?!#\d$_-]|\{[^}]{0,12}\}|\w+(?=[\w/+]|$))|['"\\^`]/g, '');
  const end = start + trimmed.length;
  return {
    word,
    isDisguised: word !== trimmed && /[\w/](?:\$|\\|''|""|\^|['"]\w)/.test(trimmed),
    end,
    rest: text.slice(end, end + 120),
  };
}

/** Whether a command or a disguise of one can begin here: a table and a look at a few characters, since most separators end a sentence. */
function mayBeCommand(text: string, from: number): boolean {
  let at = from;
  while (at < from + 12 && leads.has(text.charCodeAt(at))) at += 1;
  let end = at;
  while (end < at + 24 && isNamePart(text.charCodeAt(end))) end += 1;
  if (disguises.has(text.charCodeAt(end))) return true;
  return end > at && commandWord(text.slice(at, end)) !== 'none';
}

/** Skipped before a command word. */
const leads = new Set([...' \t\r\n({"\'@!$\\'].map((each) => each.charCodeAt(0)));
/** Within a word: it may be another word than it looks. */
const disguises = new Set([...'\'"\\$?*[^`/%~+,<{'].map((each) => each.charCodeAt(0)));

function isNamePart(code: number): boolean {
  return (
    (code >= 97 && code <= 122) ||
    (code >= 65 && code <= 90) ||
    (code >= 48 && code <= 57) ||
    code === 95 ||
    code === 45 ||
    code === 46
  );
}

function commandAfter(text: string, at: number, separator: string): Match | null {
  const command = readCommand(text, at + separator.length);
  const kind = commandWord(command.word);
  if (kind === 'none') return null;
  if (!isPlace(text, at, separator, kind === 'path')) return null;
  if (isScouting(command.word)) return match(ruleOf(separator), at, command.end, 'certain');
  if (isWordBreak(text, at, separator, command)) return null;
  const isSure =
    (separator === '`' && text.length <= 24) ||
    kind === 'path' ||
    (kind === 'technical' && isInjectedLine(text, at, separator, command)) ||
    command.isDisguised ||
    hasArgument(command, kind, separator) ||
    isAlone(command, text, (at === 0 ? ' ' : '') + text.slice(Math.max(0, at - 4), at + separator.length));
  if (!isSure) return null;
  const isOwn = continuesOwnLine(text, at);
  if (isOwn) return null;
  return match(ruleOf(separator), at, command.end, 'certain');
}

function ruleOf(separator: string): string {
  if (separator === '`' || separator.startsWith('$(')) return 'substitution';
  return /[\n\r\\]/.test(separator) ? 'new-line' : 'separator';
}

/** Whether a separator can be one where it stands: a line break or a backtick within prose or markdown is not. */
function isPlace(text: string, at: number, separator: string, isPath: boolean): boolean {
  const before = text.slice(Math.max(0, at - 200), at);
  if (separator === '`') return isSubstitution(text, at, before);
  if (separator === '|' && isTable(text, at)) return false;
  if (separator === '\n' || separator === '\r' || separator.startsWith('\\')) {
    if (
      before.trim() === '' ||
      (isPath && (separator.startsWith('\\') || text.length < 300)) ||
      (text.length <= 80 && !/\s/.test(before.trim()))
    )
      return true;
    return proofFiles.test(text.slice(at + 1, at + 60).replace(/^\s*\w+/, ''));
  }
  return true;
}

/** A backtick that opens a substitution, not inline code of markdown, which a sentence goes on after. */
function isSubstitution(text: string, at: number, before: string): boolean {
  if (text[at + 1] === '`' || text[at - 1] === '`') return false;
  if (/[=;|&]\s*$/.test(before)) return true;
  const close = text.slice(at + 1, at + 300).indexOf('`');
  const after = close < 0 ? '' : text.slice(at + close + 2, at + close + 40);
  if (/^[.,:;]?\s+[a-z\u00c0-\uffff]/i.test(after)) return false;
  return !/\s/.test(before);
}

/** A row of a table: three bars or more on the line. */
function isTable(text: string, at: number): boolean {
  const line = text.slice(Math.max(0, at - 120), at + 120);
  return (line.match(/(?:^|[^|])\|(?!\|)/g)?.length ?? 0) >= 3 && line.length > 60;
}

/** Arguments only a shell is given: a flag, a path, a variable, an address, a redirection. */
const shellArguments: readonly RegExp[] = [
  /^\s*(?:\+|\$IFS|\$\{IFS|<|>|\d?>&)/,
  /^\s+(?:--?[a-z\d?]|\/[\w\s?*]|[a-z]:[\\/]|\.{1,2}\/|~\/|\$[\w{(]|"|'|`|%\w+%|\d+(?:\s|[;|&)"'`#]|$)|\d+\.\d+\.|\*|[<>|;&])/i,
  /^\s[^;|&\n]{0,40}(?:\s\/(?:etc|tmp|var|bin|usr|proc|home|root|dev)\b|>\s*[/\w])/,
];

/** What some everyday words are given when they are commands. */
const wordArguments: readonly (readonly [word: RegExp, argument: RegExp])[] = [
  [
    /^(?:cat|type|dir|net|ping|cd)$/i,
    /^\s+[\w.\\/-]+\s*(?:$|[;|&`)\n])|^[^\n]{0,40}\b(?:passwd|etc|localgroup|user|view|win\.ini|boot\.ini)\b/i,
  ],
  [/^echo$/i, /^\s+[\w.\\/-]+\s*(?:$|[;|&`)\n>])|^\s[^\n]{0,40}(?:\$|`|\\x)/],
  [/^reg$/i, /^\s+(?:add|query|delete|export|save)\b/i],
  [/^dd$/, /^\s+[io]f=/],
];

function hasArgument({ word, rest }: Command, kind: string, separator: string): boolean {
  if (shellArguments.some((each) => each.test(rest))) return true;
  if (wordArguments.some(([name, argument]) => name.test(word) && argument.test(rest))) return true;
  if (separator.startsWith('$(') && /^(?:\s+\S|\))/.test(rest)) return true;
  return (
    kind === 'technical' && /^\s*(?:$|[;|&)`'"#\n\\]|https?:|[\w./:@-]+\s*(?:$|[;|&)`'"#\n]))/.test(rest)
  );
}

/** A separator near the start of a short value, a command and its words, and nothing else: `& netsh firewall set opmode disable`. */
function isInjectedLine(text: string, at: number, separator: string, { rest }: Command): boolean {
  if (text.length > 160 || at > 24 || !/^[;|&]+$/.test(separator)) return false;
  return /^(?:[ \t]+[\w./:@=-]+){1,6}\s*$/.test(rest);
}

/** A line break between two everyday words: `the` and, on the next line, `cat`. */
function isWordBreak(text: string, at: number, separator: string, { word, rest }: Command): boolean {
  if (!/[\n\r]/.test(separator) || text.slice(0, at).trim() === '') return false;
  return (
    commandWord(word) === 'ordinary' &&
    !/^(?:id|ls|env|pwd|dir|set)$/.test(word) &&
    !/^\s+(?:-\w+\s+)?[/~.]/.test(rest)
  );
}

/** A command alone at the end of a short value: `; id`. */
function isAlone({ word, rest }: Command, text: string, before: string): boolean {
  const isBare = /^(?:\s|$|[;|&])/.test(rest);
  if (isBare && /^(?:ls|pwd|dir)$/i.test(word) && /[;|&)]\s{0,2}$/.test(before)) return true;
  if (isBare && word === 'id' && /(?:^|[\s"'(])[;|&]$/.test(before)) return true;
  if (isBare && word === 'id' && /(?:&&|\|\||\)[;|&])$/.test(before)) return true;
  return standsAlone(word) && text.length <= 60 && /^["'\s)]*(?:$|[;|&`)#\\]|\$)/.test(rest);
}

/** Whether the text began the command line itself, as in a README: `cat log | grep 404`, `npm install && npm start`. */
function continuesOwnLine(text: string, at: number): boolean {
  const before = text.slice(Math.max(0, at - 300), at);
  const line = before.slice(before.lastIndexOf('\n') + 1);
  return beginsWithCommand(line) || beginsWithCommand(line.slice(lastOpener(line) + 1));
}

/** Where inline code, a quotation or an example begins; -1 when none does. */
function lastOpener(line: string): number {
  const example = /^[\s\S]*(?:\$|:) /.exec(line);
  return Math.max(line.lastIndexOf('`'), line.lastIndexOf('"'), example ? example[0].length - 1 : -1);
}

function beginsWithCommand(span: string): boolean {
  const first = /^\s*(?:sudo\s+)?([\w./-]+)\s/.exec(span)?.[1] ?? '';
  return first.length > 1 && (/^\.{1,2}\/\w/.test(first) || commandWord(first) !== 'none');
}

/** A binary named at once, or a command whose separator follows it: `/usr/bin/id|`, `id;`, `dir c:\ |`. */
function atStart(text: string): Match | null {
  if (text.length > 200) return null;
  const trimmed = text.trim();
  if (/^[<>|]?\/?(?:usr\/)?s?bin\/[\w.-]+(?:\s|[;|&\\]|$)/.test(trimmed) && trimmed.length < 80)
    return match('binary', 0, text.length, 'likely');
  const found = /^\s*["'(]?([\w.]+)(?:\s+[\w:\\/.-]{1,30})?\s*(?:[;|&]+|\\n)\s*$/.exec(text);
  if (
    found &&
    commandWord(found[1] ?? '') !== 'none' &&
    (standsAlone(found[1] ?? '') || commandWord(found[1] ?? '') === 'technical')
  )
    return match('separator', 0, text.length, 'likely');
  return null;
}

const calls =
  /(?:^|[^\w$>])(?:system|exec|passthru|shell_exec|popen|proc_open|pcntl_exec|eval|assert|os\.(?:system|popen)|subprocess\.\w{2,12}|getruntime\(\)\.exec|child_process['"]?\)?\.\w{2,12})\s{0,8}\(\s{0,8}["'`[\\]{0,3}([^"'`\n]{1,60})/gi;

/** `system('id')`, `exec("whoami")`: a call of the language with a command line in it. */
function executions(text: string): Match | null {
  calls.lastIndex = 0;
  for (let count = 0; count < 50; count += 1) {
    const found = calls.exec(text);
    if (!found) return null;
    const word = /^[\s"'(]*([\w./-]+)/.exec(found[1] ?? '')?.[1] ?? '';
    if (
      (/["'`]/.test(found[0].slice(-(found[1] ?? '').length - 3)) && commandWord(word) !== 'none') ||
      /\$_(?:GET|POST|REQUEST|SERVER)/.test(found[1] ?? '')
    )
      return match('execution', found.index, found.index + found[0].length, 'likely');
  }
  return null;
}
