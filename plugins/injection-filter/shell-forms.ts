import type { Match } from './finding.ts';
import { readCommand } from './shell-command.ts';
import { near } from './near.ts';
import { mayHold, type Holds, type Need } from './pieces.ts';
import { disguiseIn } from './shell-disguises.ts';
import { commandWord, standsAlone } from './shell-words.ts';

interface Form {
  readonly rule: string;
  readonly pattern: RegExp;
  readonly strength: Match['strength'];
  /** What no text of this form is without, in lower case: looked for first, since that costs next to nothing. */
  readonly needs: readonly Need[];
  /** The same, one of these. */
  readonly oneOf?: readonly string[];
  /** The same as an expression that begins with what is rare, for a pattern that begins with what is not. */
  readonly first?: RegExp;
}

/** What is called in `${print(…)}`. */
const phpCalls =
  'print system passthru exec eval shell_exec assert md5 die sleep phpinfo file_get_contents'.split(' ');

/** Forms that are an attack by their spelling. Bounded repeats only: each is linear. */
const forms: readonly Form[] = [
  {
    rule: 'shellshock',
    strength: 'certain',
    needs: ['(', '{', ['()', '( '], ['){', ') ']],
    pattern:
      /\((?<![\w$)\]]\()\s{0,8}\)\s{0,8}\{\s{0,8}(?:[\w:]{0,12}\s{0,8};?\s{0,8}\}\s{0,8}[;>&|]|\(a\)=>)/,
  },
  {
    rule: 'server-side-include',
    strength: 'certain',
    needs: ['<!--'],
    pattern: /<!--\s{0,8}#\s{0,8}(?:exec|include|echo|printenv|config|set|fsize|flastmod)\b/i,
  },
  {
    rule: 'field-separator',
    strength: 'likely',
    needs: ['$', 'ifs'],
    pattern: /\$(?:\{IFS[^}]{0,20}\}|IFS\b)/,
  },
  { rule: 'reverse-shell', strength: 'likely', needs: ['/dev/'], pattern: /\/dev\/(?:tcp|udp)\//i },
  // `$'\x63\x61t'`: a word nobody needs to spell so.
  {
    rule: 'quoted-escape',
    strength: 'certain',
    needs: ["$'"],
    pattern: /\$'[^'\n]{0,60}\\(?:x[0-9a-f]{2}|[0-7]{3})/i,
  },
  // `${PATH:0:1}`, `%ProgramFiles:~10,1%`: a character cut out of a variable.
  {
    rule: 'cut-variable',
    strength: 'likely',
    needs: [
      [':~', ...'path home pwd shell ifs ls_colors oldpwd bash'.split(' ').map((name) => `\${${name}`)],
    ],
    oneOf: ['${', ':~'],
    pattern:
      /\$\{(?:PATH|HOME|PWD|SHELL|IFS|LS_COLORS|OLDPWD|BASH\w{0,8})(?::-?\d|%%|##)|%\w{1,24}:~-?\d{1,2}(?:,-?\d{1,2})?%/,
  },
  // `bash<<<$(…)`, `$0<<<id`: a shell that reads a string.
  {
    rule: 'here-string',
    strength: 'likely',
    needs: ['<<<'],
    pattern: /(?:\b(?:ba|z|k|da|c)?sh|\$0|\$\{?SHELL\}?)\s{0,4}<<<\s{0,4}\S/,
  },
  {
    rule: 'into-shell',
    strength: 'likely',
    needs: ['|', 'sh'],
    first: /\|\s*(?:ba|z|k|c)?sh\s*(?:#|$)/m,
    pattern:
      /^(?![^|\n]{0,160}https?:)[^|\n]{1,120}\|[^|\n]{0,40}(?:\|\s*)?(?<=\|\s*)(?:ba|z|k|c)?sh\s*(?:#.*)?$/m,
  },
  { rule: 'binary', strength: 'likely', needs: ['<', 'bin/'], pattern: /<\/?(?:usr\/)?s?bin\/\w+/ },
  // `id|`: what a program prints, taken by whatever the value is put before.
  {
    rule: 'suffix',
    strength: 'likely',
    needs: ['|'],
    oneOf: ['bin/', 'id|', 'ls|', 'whoami|', 'uname|', 'pwd|', 'ps|'],
    pattern: /(?:^|\s)(?:\/(?:usr\/)?s?bin\/\w{1,24}|id|ls|whoami|uname|pwd|ps)\|(?=\s|$)/,
  },
  {
    rule: 'directory',
    strength: 'likely',
    needs: ['dir '],
    pattern: /[;|&]\s{0,8}dir\s{1,8}[a-z]:|\bdir\s{1,8}[a-z]:[\\/]?\s{0,8}[|&;]/i,
  },
  {
    rule: 'cmd-loop',
    strength: 'certain',
    needs: ['%', 'for', ['for '], ['in(', 'in ']],
    pattern: /[&|;\n]\s{0,8}(?:cmd\s[^&|]{0,20})?for\s+(?:\/[a-z]\s+[^%]{0,40})?%{1,2}[^\s]{1,3}\s+in\s*\(/i,
  },
  {
    rule: 'powershell',
    strength: 'likely',
    needs: [],
    oneOf: ['powershell', 'iex', 'invoke-expression', 'webclient'],
    pattern:
      /\bpowershell(?:\.exe)?\s+[^\n]{0,60}-(?:e|enc|encodedcommand|c|command|nop|w|ep|exec)\b|\b(?:iex|invoke-expression)\s*\(|\bnew-object\s+(?:system\.)?net\.webclient/i,
  },
  // `if not exist C:\\x cmd`: a condition of cmd.
  {
    rule: 'cmd-condition',
    strength: 'likely',
    needs: ['if'],
    oneOf: ['exist ', 'defined '],
    first: /exist\s+["(]{0,2}[a-z%][:\\]|defined\s+\w+\s+\(?(?:set|call|echo|goto|start|cmd|del)\b/i,
    pattern:
      /\bif\s{1,8}(?:\/i\s{1,8})?not\s{1,8}exist\s{1,8}["(]{0,2}[a-z]:\\|(?:^|[&|;\n])\s{0,8}if\s+(?:\/i\s+)?(?:not\s+)?(?:exist\s+["(]{0,2}[a-z%][:\\]|defined\s+\w+\s+\(?(?:set|call|echo|goto|start|cmd|del)\b)/i,
  },
  // `;a=w;b=hoami;$a$b`: a variable run as a command.
  {
    rule: 'assigned-command',
    strength: 'certain',
    needs: ['$', '='],
    first: /[;|&]\s{0,4}\$\{?\w/,
    pattern:
      /(?:^|[;|&^\s?=(])(\w{1,12})=[^\s;&|]{1,60}\s{0,4}(?:;|&&?|\|\|?)(?:[^\n]{0,60}?[;|&]\s{0,4})?\$\{?\1\b/,
  },
  // `x=$(id)` and, a separator on, `${#x}`: what a command printed, taken to be asked about.
  {
    rule: 'assigned-output',
    strength: 'certain',
    needs: ['$', '=', ['=$(', '=`']],
    pattern:
      /[;|&\n]\s{0,4}(\w{1,12})=(?:\$\([^\n]{1,120}\)|`[^`\n]{1,120}`)\s{0,4}[;|&\n][^$]{0,80}\$\{?#?\1\b/,
  },
  // `$(base64 -d …`, `\`xxd -r -p …`: a command that first has to be decoded.
  {
    rule: 'decoded-command',
    strength: 'likely',
    needs: [],
    oneOf: ['xxd', 'base64', 'base32', 'printf', 'echo'],
    pattern:
      /(?:[$<]\(|`)\s{0,4}(?:xxd\s{1,4}-r|base(?:64|32)\s{1,4}-{1,2}d|(?:printf|echo\s{1,4}-n?e)\s{1,4}["']?\\[x0-7])/,
  },
  // `$(</etc/passwd)`: what a file holds.
  { rule: 'substitution', strength: 'likely', needs: ['$('], pattern: /\$\(\s{0,4}<\s{0,4}[/~.\w]/ },
  // `; $env:USERNAME`
  { rule: 'powershell', strength: 'likely', needs: ['$env:'], pattern: /[;|&]\s{0,4}\$env:\w/i },
  // `;[System.IO.File]::ReadAllText(…)`, `;&('i'+'ex')`
  {
    rule: 'powershell',
    strength: 'likely',
    needs: ['('],
    oneOf: [']::', '&(', '& '],
    pattern:
      /[;|&]\s{0,4}\[(?:system\.)?(?:io|net|reflection|diagnostics|convert|text|environment)\b[\w.]{0,40}\]::\w|[;|]\s{0,4}&\s{0,4}\(\s{0,4}['"]/i,
  },
  // Python that loads what runs programs, in one expression.
  {
    rule: 'execution',
    strength: 'likely',
    needs: ['__import__'],
    pattern: /__import__\s{0,4}\(\s{0,4}['"](?:os|subprocess|pty|commands|popen2|socket)\b/,
  },
  // FreeMarker: a class made by a template.
  {
    rule: 'template',
    strength: 'certain',
    needs: ['freemarker.'],
    pattern: /\bfreemarker\.template\.utility\.\w+/,
  },
  // `echo id|$0`: into whichever shell this is.
  {
    rule: 'into-shell',
    strength: 'likely',
    needs: ['|'],
    oneOf: ['$0', '$shell', '${shell}'],
    pattern: /\|\s{0,4}\$(?:0|SHELL|\{SHELL\})(?=$|[\s;&|'"`)])/,
  },
  // `#' |id`: the end of a comment for whoever has a quote open, and a command for them.
  {
    rule: 'polyglot',
    strength: 'likely',
    needs: ['#'],
    oneOf: ["#'", '#"', '#\\'],
    pattern: /#\\{0,2}['"]\s{0,4}(?:\|{1,2}|&{1,2}|;)\s{0,4}[\w`$]/,
  },
  {
    rule: 'php-expression',
    strength: 'certain',
    needs: ['(', ['${@', '${ ', ...phpCalls.map((name) => `\${${name}`), 'phpinfo(', 'phpinfo ']],
    oneOf: ['${', 'phpinfo'],
    pattern:
      /\$\{\s{0,4}(?:@\w{2,20}|print|system|passthru|exec|eval|shell_exec|assert|md5|die|sleep|phpinfo|file_get_contents)\s{0,4}\(|(?:^|[;{('"?.&|=@])\s{0,4}phpinfo\s{0,4}\(\s{0,4}\)/i,
  },
  // Options of ordinary tools that run a command: a value that begins with a hyphen becomes one.
  {
    rule: 'option',
    strength: 'likely',
    needs: ['-'],
    pattern: /^\s{0,4}-{1,2}[\w-]{1,24}=?\s?["'](?:[|;&]|[^"'\n]{1,60}(?:>\s?\/|[|;&]\s?\w))/i,
  },
  {
    rule: 'option',
    strength: 'likely',
    needs: [
      '-',
      [
        'proxycommand',
        'permitlocalcommand',
        'gpu-launcher=',
        'use-compress-program=',
        'checkpoint-action=',
        'upload-pack=',
        'to-command=',
        'rsh-command=',
        'ext::',
      ],
    ],
    pattern:
      /(?:^|[\s"'=])-{1,2}(?:o\s?(?:proxycommand|permitlocalcommand)\s?=|gpu-launcher=|use-compress-program=|checkpoint-action=exec|upload-pack=|to-command=|rsh-command=)|\bext::(?:ba)?sh\b/i,
  },
  // A cell that a spreadsheet runs (OWASP, CSV injection).
  {
    rule: 'formula',
    strength: 'certain',
    needs: [],
    oneOf: ["|'", '| ', 'dde(', 'dde"', 'dde ', 'ddeauto'],
    first: /\|\s{0,2}'|DDE(?:AUTO)?\s{0,2}[("]/,
    pattern:
      /\b(?:cmd|powershell|rundll32|msexcel|mshta)\s{0,2}\|\s{0,2}'(?<=[=+@-][^\n|]{0,74}\|\s{0,2}')|\bDDE(?:AUTO)?\s{0,2}[("]/,
  },
];

/** `nc -lvp 4444 -e /bin/sh` */
const netcat = /\bn(?:c|cat|etcat)\s/gi;
const runsProgram = /-\w{0,4}[ec]\w{0,2}\b/gi;

const listening = ['nc ', 'ncat ', 'netcat '];

/** What {@link fixedForm} asks a text about. */
export const formPieces: readonly string[] = [
  ...forms.flatMap(({ needs, oneOf = [] }) => [...needs.flat(), ...oneOf]),
  ...listening,
];

/** The first form found in a text. */
export function fixedForm(text: string, holds: Holds): Match | null {
  for (const { rule, pattern, strength, needs, oneOf, first } of forms) {
    if (!mayHold(text, needs, holds) || oneOf?.some(holds) === false || first?.test(text) === false) continue;
    const found = pattern.exec(text);
    if (found) return match(rule, found.index, found.index + found[0].length, strength);
  }
  const listener = mayHold(text, [listening], holds) ? near(text, netcat, runsProgram, 60) : null;
  if (listener) return match('reverse-shell', listener.start, listener.end, 'likely');
  return disguiseIn(text);
}

/** As long as a value that is one command line can be. */
const longestWhole = 200;

/** `example.org > /tmp/x`: a value that begins no command and sends what one prints into a file. */
const intoFile =
  /^(?![^>\n]{0,80}\s\/(?:usr|opt|bin|srv|home)\/)[^<>\n]{1,80}[\w"')] {0,4}\d?>{1,2} {0,4}\/(?:tmp|var|etc|home|root|opt|usr|srv|dev\/shm)\/[\w.]/;

/** A value that is a program's path, a command with its separator, or a read of the file that proves a break-in: `/usr/bin/id|`, `id;`. */
export function wholeForm(text: string): Match | null {
  if (text.length > longestWhole) return null;
  const trimmed = text.trim();
  if (isProgram(trimmed)) return match('binary', 0, text.length, 'likely');
  if (
    /^["'(]?(?:cat|head|tail|more|less|nl|tac|type)\s+[^\s]{0,40}\/etc\/(?:passwd|shadow)["')]?$/.test(
      trimmed,
    )
  )
    return match('proof-file', 0, text.length, 'likely');
  const start = readCommand(trimmed, 0);
  if (start.isDisguised && start.kind !== 'none' && /^\S*[$`\\^]|''|""/.test(trimmed.slice(0, start.end)))
    return match('disguise', 0, text.length, 'likely');
  const redirection = start.kind === 'none' ? intoFile.exec(trimmed) : null;
  if (redirection) return match('redirection', 0, text.length, 'likely');
  const found = /^\s*["'(]?([\w.]+)(?:\s+[\w:\\/.-]{1,30})?\s*(?:[;|&]+|\\n)\s*$/.exec(text);
  const word = found?.[1] ?? '';
  const kind = commandWord(word);
  return kind === 'technical' || (kind === 'ordinary' && standsAlone(word) !== 'no')
    ? match('separator', 0, text.length, 'likely')
    : null;
}

/** `/bin/ls -al`, `<usr/bin/id`, `/usr/bin/id|`, and not the path of an interpreter in a setting. */
function isProgram(text: string): boolean {
  const found = /^([<>|]?)(?:\.\.\/){0,32}\/?(?:usr\/)?s?bin\/([\w.-]+)(?:(\s)|([;|&\\])|$)/.exec(text);
  if (!found || text.length >= 160) return false;
  const name = found[2] ?? '';
  if (found[1] !== '' || found[4] !== undefined) return true;
  if (found[3] !== undefined) return commandWord(name) !== 'none';
  return /^(?:id|whoami|ls|cat|uname|ps|pwd|nc|netcat|wget|curl|ifconfig|netstat|w|who)$/.test(name);
}

function match(rule: string, start: number, end: number, strength: Match['strength']): Match {
  return { attack: 'command', rule: `command/${rule}`, start, end, strength };
}
