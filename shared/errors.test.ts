import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { errorTable, isErrorCode, OutriderError, problemOf } from './errors.ts';

describe('the error table', () => {
  it('says in whole sentences what happened and what to do', () => {
    for (const [code, { status, title, todo }] of Object.entries(errorTable)) {
      assert.ok(status >= 400 && status < 600, code);
      assert.match(title, /^[A-Z].*\.$/, code);
      assert.match(todo, /^[A-Z`].*\.$/, code);
    }
  });

  it('tells its codes from other words', () => {
    assert.ok(isErrorCode('key_unknown'));
    assert.ok(!isErrorCode('toString'));
  });
});

describe('a problem document', () => {
  it('carries code, sentence, detail and what to do', () => {
    const problem = problemOf(
      new OutriderError('version_conflict', 'agents/7 is at version 3, not 2.'),
      'exchange-1',
    );
    assert.deepEqual(problem, {
      type: 'urn:outrider:problem:version_conflict',
      title: errorTable.version_conflict.title,
      status: 409,
      code: 'version_conflict',
      detail: 'agents/7 is at version 3, not 2.',
      todo: errorTable.version_conflict.todo,
      instance: 'exchange-1',
    });
  });

  it('never shows the text of an error that was not meant for the client', () => {
    const problem = problemOf(new Error('connect ECONNREFUSED postgres://app:secret@db'));
    assert.equal(problem.code, 'internal');
    assert.ok(!JSON.stringify(problem).includes('secret'));
  });
});
