import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { linesOf, toggled } from './suggestions.ts';

describe('Pressing a suggestion', () => {
  it('writes it into the field once, and takes it out again', () => {
    assert.deepEqual(toggled(linesOf('GET /a\n\n'), 'POST /b'), ['GET /a', 'POST /b']);
    assert.deepEqual(toggled(linesOf('GET /a\nPOST /b'), 'GET /a'), ['POST /b']);
  });
});
