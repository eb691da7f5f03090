import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { describe, it } from 'mocha';
import { findApiKeys, makeSecret, readApiKey, startOfApiKey, writeApiKey } from './api-key-format.ts';

const key = (): string =>
  writeApiKey({ prefix: 'sc', environment: 'live', secret: makeSecret((count) => randomBytes(count)) });

describe('the written form of an API key', () => {
  it('has a checksum that anybody can verify', () => {
    const fixed = writeApiKey({ prefix: 'sc', environment: 'live', secret: '0'.repeat(32) });
    assert.equal(fixed, `sc_live_${'0'.repeat(32)}${fixed.slice(-6)}`);
    assert.equal(readApiKey(fixed)?.isChecksumRight, true);
  });

  it('is told from a look-alike when any one character is changed', () => {
    const text = key();
    for (let index = 'sc_live_'.length; index < text.length; index += 1) {
      const other = text[index] === 'A' ? 'B' : 'A';
      const changed = text.slice(0, index) + other + text.slice(index + 1);
      assert.equal(readApiKey(changed)?.isChecksumRight, false, `at ${index}`);
    }
  });

  it('does not take other texts for keys', () => {
    for (const text of ['', 'sc_live_', 'eyJhbGciOi.JIUzI1NiJ9.x', `${key()} `, `x${'y'.repeat(500)}`]) {
      assert.equal(readApiKey(text), null);
    }
  });

  it('shows only its start', () => {
    assert.match(startOfApiKey(key()), /^sc_live_[0-9A-Za-z]{4}$/);
    assert.equal(startOfApiKey('password'), '');
  });

  it('is found in a document, but look-alikes and other prefixes are not', () => {
    const text = key();
    const document = `KEY=${text}\nOLD=${text.slice(0, -1)}_\nX=acme_live_${text.slice(8)}`;
    assert.deepEqual(findApiKeys(document, 'sc'), [{ start: 4, end: 4 + text.length, text }]);
  });

  it('has a secret of 32 letters and digits, each equally likely', () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 2000; index += 1) {
      const secret = makeSecret((count) => randomBytes(count));
      assert.match(secret, /^[0-9A-Za-z]{32}$/);
      for (const letter of secret) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    }
    const expected = (2000 * 32) / 62;
    assert.equal(counts.size, 62);
    for (const [letter, count] of counts) assert.ok(Math.abs(count - expected) < expected * 0.25, letter);
  });
});
