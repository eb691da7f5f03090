import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'mocha';
import { writeApiKey } from '../../shared/api-key-format.ts';
import { digestOf, maxScannedLength, prefixOf, writtenKeys } from './live-keys.ts';

const key = writeApiKey({ prefix: 'sc', environment: 'live', secret: 'A1b2C3d4E5f6G7h8I9j0K1l2M3n4O5p6' });

describe('Keys written into a text', () => {
  it('are found where they stand, each as often as it stands there', () => {
    const text = `const a = '${key}';\nconst b = "${key}";`;
    assert.deepEqual(
      writtenKeys(text, 'sc').map(({ start, end }) => text.slice(start, end)),
      [key, key],
    );
  });

  it('are not found when a letter is wrong, or the prefix is another', () => {
    assert.deepEqual(writtenKeys(`${key.slice(0, -1)}_`, 'sc'), []);
    assert.deepEqual(writtenKeys(key.replace('A1b2', 'A1b3'), 'sc'), []);
    assert.deepEqual(writtenKeys(key, 'other'), []);
  });

  it('are not looked for in documents that are data', () => {
    assert.deepEqual(writtenKeys(`${key} `.padEnd(maxScannedLength + 1), 'sc'), []);
  });

  it('are marked up to a bound', () => {
    assert.equal(writtenKeys(`${key} `.repeat(1000), 'sc').length, 200);
  });

  it('are asked about by their SHA-256 alone', () => {
    assert.equal(digestOf(key), createHash('sha256').update(key, 'utf8').digest('hex'));
    assert.ok(!digestOf(key).includes(key));
  });
});

describe('The prefix of keys', () => {
  it('is what the setting says, else what the sidecar says, else the usual one', () => {
    assert.equal(prefixOf('mine', 'theirs'), 'mine');
    assert.equal(prefixOf(' ', 'theirs'), 'theirs');
    assert.equal(prefixOf('', null), 'sc');
  });

  it('is never one that no key can have', () => {
    assert.equal(prefixOf('.*', 'theirs'), 'theirs');
  });
});
