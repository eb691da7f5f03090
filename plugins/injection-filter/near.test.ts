import { deepEqual, equal } from 'node:assert/strict';
import { near } from './near.ts';

describe('finding one pattern near another', () => {
  const at = (text: string): unknown => near(text, /nc\s/g, /-e/g, 10);

  it('answers the range from the one to the other', () => {
    deepEqual(at('run nc -l -e sh'), { start: 4, end: 12 });
  });

  it('takes a later beginning where the first one is too far away', () => {
    deepEqual(at('nc is a tool of old; nc -e'), { start: 21, end: 26 });
  });

  it('finds nothing across a line break, in the wrong order, or too far apart', () => {
    for (const text of ['nc \n-e', '-e nc ', 'nc 12345678901 -e', 'nc ', '-e']) equal(at(text), null, text);
  });
});
