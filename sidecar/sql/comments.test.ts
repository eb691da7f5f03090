import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { tagsOf, traceIdOf } from './comments.ts';

const traceparent = '00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01';

describe('tags in comments', () => {
  it('are read as sqlcommenter writes them', () => {
    const tags = tagsOf(
      `SELECT 1 /*action='%2Fparam*d',controller='index',framework='spring',traceparent='${traceparent}'*/`,
    );
    assert.deepEqual(tags, { action: '/param*d', controller: 'index', framework: 'spring', traceparent });
    assert.equal(traceIdOf(tags), '5bd66ef5095369c7b0d1f8f4bd33716a');
  });

  it('are read as Rails writes them', () => {
    assert.deepEqual(tagsOf('SELECT 1 /*application:shop,controller:agents*/'), {
      application: 'shop',
      controller: 'agents',
    });
  });

  it('are not taken from strings, nor from prose', () => {
    assert.equal(tagsOf("SELECT '/*a=''b''*/'"), null);
    assert.equal(tagsOf('SELECT 1 /* just a note */'), null);
    assert.equal(tagsOf('SELECT 1'), null);
  });

  it('may be broken without harm', () => {
    assert.deepEqual(tagsOf("SELECT 1 /*a='%zz',=,'x',b='it\\'s'"), null);
    assert.deepEqual(tagsOf("SELECT 1 /*a='%zz',=,'x',b='it\\'s'*/"), { a: '%zz', b: "it's" });
    assert.equal(traceIdOf({ traceparent: `00-${'0'.repeat(32)}-c532cb4098ac3dd2-01` }), null);
    assert.equal(traceIdOf({ traceparent: 'nonsense' }), null);
  });
});
