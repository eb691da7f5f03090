import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { holding } from './holds.ts';

describe('a look for pieces of a text', () => {
  for (const [name, filler] of [
    ['short', ''],
    ['long', 'a '.repeat(4096)],
  ] as const) {
    it(`finds them in any case in a ${name} text`, () => {
      const holds = holding(`${filler}<SCRIPT> union`);
      assert.deepEqual(['<script>', 'union', ' '].map(holds), [true, true, true]);
    });

    it(`finds no piece that a ${name} text has only the characters of, and none that it has not`, () => {
      const holds = holding(`${filler}<SCRIPT> union`);
      assert.deepEqual(['nuion', '=', 'select'].map(holds), [false, false, false]);
    });
  }
});
