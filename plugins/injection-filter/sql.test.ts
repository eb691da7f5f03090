import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { findSql } from './sql.ts';

/** Continuations of a statement, by the dialect or the place they are written for. */
const attacks: Readonly<Record<string, readonly string[]>> = {
  'a sentence': [
    'my name is Anna 1 or not false -- - and so on',
    "it is here: x')) or not false -- x thanks",
    'the note was 8 order by 1-- as it says',
    "the note was admin'-- as it says",
    "the note was '; -- as it says",
    'the note was " union select as it says',
    "the note was t'exec master..xp_cmdshell 'dir' as it says",
    'the note was 1.0union select a from b as it says',
    'the note was 1 /*!50000union*/ /*!50000select*/ 1,2 as it says',
    'the note was iif(2=2,1,1/0) as it says',
    'the note was 4 + ascii(substring(pw,1,1)) as it says',
    "the note was x' and mail is null';-- as it says",
    'the note was OR a=b-- as it says',
    "the note was ' or ' as it says",
    'the note was (select top 1 as it says',
    'the note was 7 update a set b=c as it says',
    'the note was @@version-- as it says',
    "the note was x'or'y as it says",
    "the note was ' || a.b('c') || ' as it says",
    "the note was 1 or name like '%' as it says",
    'the note was 1/**/union/**/select as it says',
    'the note was (/*!SELECT*/1/*!FROM*/a) as it says',
    'the note was 0x61 exec(@q) as it says',
    'the note was case 1 when 2 then 3 end as it says',
    "the note was AND engine = ' as it says",
    'the note was 1 and substring(pw,1,1)=x as it says',
    'the note was 1 order by ifnull(null,a) as it says',
    "the note was 1) from users where name='a' as it says",
    'the note was admin" -- as it says',
    "the note was admin' -- as it says",
    "the note was ( (select cos ( 'b')) ) -- as it says",
    "the note was ( 'a' or 1 ) -- as it says",
    'the note was SLEEP(5)=" as it says',
  ],
  'PostgreSQL and its JSON': [
    "or '{\"a\":1}' ? 'a'",
    "or '[1]'::jsonb @> '[1]'",
    "x' or data ?| array['a']--",
    "1' and 'a' not similar to 'b'--",
    "x\" and starts_with(name,'a')--",
  ],
  'MySQL and SQLite': [
    "' or json_valid(id);--",
    "' or sqlite_compileoption_used(id)--",
    "';desc users;--",
    "1';show tables;--",
    '1 and current_user=nobody()',
    'mid(@@hostname,1,1)',
  ],
  'SQL Server': ["';if 1=1 drop table a--", "';while 1=1 shutdown--", "t'declare @a int"],
  'a condition begun before': ["and engine = '", "or (name = '", 'pay=and 7=(', "xor 'b' >"],
  'a clause': ['id having (1 or 1)', "1 or name like '%'", '(83=91)*91'],
};

describe('SQL that continues a statement', () => {
  for (const [where, values] of Object.entries(attacks)) {
    describe(`is found for ${where}`, () => {
      for (const value of values)
        it(JSON.stringify(value), () => assert.equal(findSql(value)?.attack, 'sqli'));
    });
  }
});

const content: Readonly<Record<string, readonly string[]>> = {
  'expressions of their own': [
    "status = 'open' AND (priority > 3 OR due < now())",
    "where status = 'open' and due < now()",
    "case when status = 'open' then 1 else 0 end",
    'owner = me() AND state = New order by updated',
    '=IF(AND(A1="x",B1>1),"y","z")',
    'group by name having count(*) > 1',
    "//div[@class='x' and @id='y']",
    'Set "a" = 1 and "b" = 2',
  ],
  'statements of their own': [
    "SELECT * FROM a WHERE b='1' OR c='2'",
    "UPDATE a SET b = 'O''Neill' WHERE c = 5;",
    'select ascii(substring(name,1,1)) from a',
  ],
  prose: [
    'What does "union select" do in SQL?',
    'Order by Friday -- or we cancel',
    'where the user -- or anyone -- wants it',
    'find "a"; replace with "b"',
    'benchmark (2024) results',
    "the users' and the admins' groups",
    'is it 5 or 6 -- whichever comes first',
    'what? "no" or "yes"?',
    "Reply 'yes' or 'no' (select one)",
    "the users' and it is not clear",
    "the dogs' or 'cats'",
  ],
};

describe('SQL look-alikes', () => {
  for (const [what, values] of Object.entries(content)) {
    describe(`${what} are content`, () => {
      for (const value of values)
        it(JSON.stringify(value), () => assert.equal(findSql(value)?.rule, undefined));
    });
  }
});
