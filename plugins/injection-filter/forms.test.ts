import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { heldIn, Pieces, type Holds } from './pieces.ts';
import { findExecution } from './shell-executions.ts';
import { fixedForm } from './shell-forms.ts';
import { shellPieces } from './shell.ts';
import { sqlForm, sqlPieces } from './sql-forms.ts';

const pieces = new Pieces([...sqlPieces, ...shellPieces]);
const prose = 'The agent answers in one sentence and leaves out what nobody asked for. '.repeat(60);

/** One text for each form, and more where what it needs may be written in several ways. */
const texts: readonly (readonly [find: (text: string, holds: Holds) => unknown, texts: readonly string[]])[] =
  [
    [
      sqlForm,
      [
        "x waitfor delay '0:0:5'",
        "' union select 1",
        `" or 1=1`,
        ` ' or ' `,
        ` " rlike " `,
        ` ' || ' `,
        `a"or""+b`,
        `a' and ''=`,
        `foo'or'bar`,
        `1"OR-"1`,
        `1'||'1`,
        ` '  || f(1) ||'`,
        ` " +f(1)+ "`,
        `or name like '%'`,
        `and a not\u00a0regexp "^x`,
        `or a like\tchr(`,
        'union/**/all/**/select',
        '/*!50000select*/',
        'exec(@x)',
        'case 1 when 1 then 2 end',
        '(select @@version',
        '1 update t set a=1',
        `' select a from b--`,
        'iif(2=2,1,1/0)',
        'ascii(substring(',
        'chr(65)||chr(66)',
        '@@version--',
        "'\u00a0\t or\n1=1",
        `"    and\u3000"1"="1`,
        ` "  sounds like "`,
        ` '  <=>  '`,
        "or a regexp\n\t'^x",
        'if\t( 2=2,',
        'isnull(1/0',
        'ord \n( mid(',
        'char(1)\t ||char(',
      ],
    ],
    [
      fixedForm,
      [
        '() { :;};',
        '( )\u3000{ : ; } ;',
        '<!--#exec',
        '$IFS',
        '/dev/tcp/',
        "$'\\x63'",
        '${PATH:0:1}',
        '%ProgramFiles:~10,1%',
        'bash<<<x',
        'echo a|sh\n',
        '</bin/ls',
        ' id| ',
        '; dir\u00a0c:',
        '; for /l %i in (',
        '& for %%x in\t(',
        'powershell a -enc',
        'if not exist c:\\',
        'if not\u2003exist\u2003c:\\',
        ';a=w;b=x;$a',
        ';x=$(id);$x',
        ';x=`id`;$x',
        '$(xxd -r',
        '$(</etc/passwd)',
        '; $env:USER',
        ';[System.IO.File]::Read(x)',
        ";& ('i'",
        ";&\t('i'",
        "__import__('os')",
        'freemarker.template.utility.Execute',
        'echo id|$0',
        "#' |id",
        '${print(1)}',
        '${ @eval(1)}',
        'phpinfo ()',
        ' --checkpoint-action=exec',
        ' -o ProxyCommand=',
        '- ext::sh',
        "=cmd|'",
        "=cmd| '",
        'DDE ("a")',
        'DDEAUTO("a")',
        'nc -lvp 1 -e',
        'ncat\u00a0x -c',
        'netcat\tx -e',
      ],
    ],
    [
      findExecution,
      [
        "system('id')",
        "exec ('whoami')",
        "proc_open\t('id')",
        "os.execute('id')",
        "a.getRuntime().exec('id')",
        "subprocess.run('id')",
        "child_process').execSync('id')",
        "x).check_output('id')",
        '%x(id)',
      ],
    ],
  ];

describe('a form that is an attack by its spelling', () => {
  for (const [find, each] of texts)
    for (const text of each)
      it(`is found in a short text and in a long one: ${JSON.stringify(text)}`, () => {
        const long = `${prose}\n${text} ${prose}`;
        assert.ok(find(text, heldIn(text)), 'short');
        assert.ok(find(long, pieces.heldBy(long)), 'long');
      });
});
