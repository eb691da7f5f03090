import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { frameOf } from './frame.ts';
import { judge } from './judge.ts';

/** A program on one line, as tools write it for browsers; the names differ from turn to turn. */
function minified(turns: number): string {
  const turn = (at: number): string =>
    `function f${at}(t,e){var n=t.length;if(n===0||"x"!==e&&t[0]!=="y")return this.a${at}(e);for(var i=0;i<n;i++)o[t[i]]=new R(e,"s${at}");return o.map((r)=>r?r.get('k'):void 0)}`;
  return Array.from({ length: turns }, (_, at) => turn(at)).join('');
}

describe('the frame of a text', () => {
  it('is code for a program without line breaks, also for a piece of one', () => {
    assert.equal(frameOf(minified(8)), 'code');
    assert.equal(frameOf(minified(8).slice(14)), 'code');
    assert.equal(frameOf(`.a{color:red;margin:0}`.repeat(40)), 'code');
  });

  it('is none of these for prose that names code, and for a value that closes what a page has open', () => {
    const prose = 'Please explain what this does, and whether it is safe: ';
    assert.equal(frameOf(prose + 'if(a===b){return c} '.repeat(40)), 'plain');
    assert.equal(frameOf(`";${minified(8)}`), 'plain');
    assert.equal(frameOf(`${"' or (x ".repeat(200)}`), 'plain');
  });

  it('is a document for strings in a row', () => {
    assert.equal(frameOf('x "and", "or", "union", "select", '.repeat(30)), 'document');
  });

  for (const [what, lineBreak] of [
    ['a newline', '\n'],
    ['a carriage return and a newline', '\r\n'],
    ['a carriage return', '\r'],
    ['a line separator', '\u2028'],
    ['a paragraph separator', '\u2029'],
  ] as const) {
    it(`is code for lines of a program that end in ${what}`, () =>
      assert.equal(frameOf(['hello', '\t import os', '  def run(x):', '  x'].join(lineBreak)), 'code'));
  }

  it('is code for a sign behind more short lines than are tried one by one', () => {
    assert.equal(frameOf('at\n'.repeat(1500)), 'plain');
    assert.equal(frameOf(`${'at\n'.repeat(1500)} def run(x):\n`), 'code');
    assert.equal(frameOf(`${'at\n'.repeat(1500)}\t#!/bin/sh\n`), 'plain');
  });

  it('is code for a trace whose lines begin with any white space', () => {
    for (const blank of ['', '  ', '\u00a0', '\f', '\t\u3000 ', '\n\n '])
      assert.equal(frameOf(`it failed in the morning\n${blank}at run (main.js:12)`), 'code');
    assert.equal(frameOf('it failed in the morning\nlook at run (main.js:12)'), 'plain');
  });

  it('is code for a shebang where its line begins, and for an opening of PHP behind blanks', () => {
    assert.equal(frameOf('#!/bin/sh\nwhatever follows it here'), 'code');
    assert.equal(frameOf(' #!/bin/sh\nwhatever follows it here'), 'plain');
    assert.equal(frameOf('whatever stands before\n\t<?PHP phpinfo'), 'code');
    assert.equal(frameOf('whatever stands before\nx <?php phpinfo'), 'plain');
  });

  it('is plain for two spellings of one sign, which count once', () =>
    assert.equal(frameOf('<?php greet ?><!doctype html><p>hello there</p>'), 'plain'));

  it('is plain for nothing but line breaks', () => assert.equal(frameOf('\n'.repeat(65_536)), 'plain'));
});

describe('a large program in a field for text', () => {
  it('is content: no rule and no budget refuses it', () => {
    for (const turns of [30, 100, 380]) assert.equal(judge(minified(turns)), null);
  });

  it('is none when it begins by closing a string of the statement', () =>
    assert.equal(judge(`x' or 1=1; ${minified(100)}`)?.attack, 'sqli'));

  it('tells a page of markup as a document, and not a word of it or a text with a tag here and there', () => {
    const row = '<tr><td><a href="/a?b=1&amp;c=2">one</a></td><td>"two" and three</td></tr>\n';
    assert.equal(frameOf(row.repeat(40)), 'document');
    assert.equal(frameOf(row), 'plain');
    const prose = 'The agent answers in one sentence and leaves out what nobody asked for. ';
    assert.equal(frameOf(`${prose.repeat(10)}<b>bold</b> `.repeat(4)), 'plain');
    assert.equal(frameOf('</ </ </'.repeat(500)), 'plain');
  });
});
