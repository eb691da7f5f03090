import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { callSiteOf } from '../sql/call-site.ts';
import { tagsOf, traceIdOf } from '../sql/comments.ts';
import { callSites } from './call-sites.ts';
import { projectRoot } from './project-root.ts';
import { settingsOf } from './settings.ts';
import { siteTags, tagComment, withComment } from './tags.ts';

const traceparent = '00-5bd66ef5095369c7b0d1f8f4bd33716a-c532cb4098ac3dd2-01';

describe('What the probe writes', () => {
  it('is read by the tap as it was meant, whatever a file is called', () => {
    for (const file of [
      'src/a.ts',
      "it's*/here.ts",
      'ä b/\u{1F600}.ts',
      "x'; DROP TABLE a; --.js",
      '%2F$1?.ts',
    ]) {
      const text = withComment(
        'SELECT 1',
        tagComment(siteTags({ file, line: 3, function: "a'*/b" }), traceparent),
      );
      const tags = tagsOf(text ?? '');
      assert.deepEqual(callSiteOf(tags), { file, line: 3, function: "a'*/b" });
      assert.equal(traceIdOf(tags), traceparent.slice(3, 35));
      assert.equal(text?.match(/\*\//g)?.length, 1);
    }
  });

  it('is not added to a text that it could change', () => {
    const comment = tagComment("file='a',line='1'", null);
    for (const text of ['SELECT 1 /* open', "SELECT 'open", '  ', '/*+ hint */ SELECT 1'])
      assert.equal(withComment(text, comment), null, text);
    assert.equal(withComment('SELECT 1 -- last', comment), `SELECT 1 -- last\n${comment}`);
    assert.equal(withComment('SELECT 1', tagComment(null, null)), null);
  });

  it('can tell the line or the trace alone', () => {
    assert.equal(tagComment("file='a',line='1'", null), "/*file='a',line='1'*/");
    assert.equal(tagComment(null, traceparent), `/*traceparent='${traceparent}'*/`);
  });

  it('survives half a surrogate pair', () => {
    assert.equal(siteTags({ file: 'a\uD800.ts', line: 1, function: '' }), "file='a_.ts',line='1'");
  });
});

describe('The place that called', () => {
  const own = 'file:///nowhere/probe.mjs';

  it('is the nearest line of the user, from the root', () => {
    const sites = callSites({ root: join(import.meta.dirname, '../..'), isOn: true, own });
    const call = (): string | null => sites.above(call);
    const before = [Error.stackTraceLimit, Error.prepareStackTrace];
    assert.match(call() ?? '', /^file='sidecar%2Fprobe%2Ftags\.test\.ts',.*line='\d+'$/);
    assert.deepEqual([Error.stackTraceLimit, Error.prepareStackTrace], before);
  });

  it('is unknown when it is not asked for', () => {
    const sites = callSites({ root: '/', isOn: false, own });
    const call = (): string | null => sites.above(call);
    assert.equal(call(), null);
  });
});

describe('The environment', () => {
  it('turns the probe off whole or in part', () => {
    const parts = (OUTRIDER_PROBE?: string): readonly boolean[] => {
      const { isOn, hasSites, hasTraces, hasNamed } = settingsOf({ OUTRIDER_PROBE });
      return [isOn, hasSites, hasTraces, hasNamed];
    };
    assert.deepEqual(parts(), [true, true, true, true]);
    assert.deepEqual(parts('ON'), [true, true, true, true]);
    assert.deepEqual(parts('off'), [false, false, false, false]);
    assert.deepEqual(parts('site, named'), [true, true, false, true]);
    assert.deepEqual(parts('nonsense'), [false, false, false, false]);
  });

  it('names the root, else the repository, else the package', () => {
    const exists =
      (...found: readonly string[]) =>
      (path: string) =>
        found.includes(path);
    assert.equal(projectRoot('/a/b/c', 'up', exists()), '/a/b/c/up');
    assert.equal(projectRoot('/a/b/c', undefined, exists('/a/.git', '/a/b/package.json')), '/a');
    assert.equal(projectRoot('/a/b/c', undefined, exists('/a/b/package.json')), '/a/b');
    assert.equal(projectRoot('/a/b/c', undefined, exists()), '/a/b/c');
  });
});
