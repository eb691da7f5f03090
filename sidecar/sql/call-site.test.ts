import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { callSiteOf } from './call-site.ts';
import { tagsOf } from './comments.ts';

const told = (comment: string): unknown => callSiteOf(tagsOf(`SELECT 1 /*${comment}*/`));

describe('The line of code in tags', () => {
  it('is read in the words of each who writes it', () => {
    assert.deepEqual(told(`file='src%2Fa.ts',function='list',line='12'`), {
      file: 'src/a.ts',
      line: 12,
      function: 'list',
    });
    assert.deepEqual(told(`code.filepath='/app/a.py',code.function='list',code.lineno='7'`), {
      file: '/app/a.py',
      line: 7,
      function: 'list',
    });
    assert.deepEqual(told(`code.file.path='a.go',code.function.name='List',code.line.number='3'`), {
      file: 'a.go',
      line: 3,
      function: 'List',
    });
    assert.deepEqual(told(`source_location:'app/models/agent.rb:12:in \`list\`'`), null);
    assert.deepEqual(told(`application:Shop,line:/app/agent.rb:12:in 'list'`), null);
    assert.deepEqual(told(`source_location='app%2Fmodels%2Fagent.rb%3A12'`), {
      file: 'app/models/agent.rb',
      line: 12,
    });
    assert.deepEqual(told(`application:Shop,line:/app/agent.rb:12:in block`), {
      file: '/app/agent.rb',
      line: 12,
      function: 'block',
    });
  });

  it('is none where a file or a line is missing or is no such thing', () => {
    for (const comment of [
      `controller='a',route='%2Fb'`,
      `file='a.ts'`,
      `line='12'`,
      `file='a.ts',line='0'`,
      `file='a.ts',line='x'`,
      `file='12',line='12'`,
    ])
      assert.equal(told(comment), null, comment);
    assert.equal(callSiteOf(null), null);
  });

  it('may be a Windows path', () => {
    assert.deepEqual(told(`file='C%3A%5Capp%5Ca.ts',line='4'`), { file: 'C:\\app\\a.ts', line: 4 });
  });
});
