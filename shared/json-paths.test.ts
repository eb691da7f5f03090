import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { jsonPaths } from './json-paths.ts';

describe('the paths of a JSON document', () => {
  it('are its keys, each once, through lists', () => {
    const text = JSON.stringify({
      items: [
        { id: 1, owner: { name: 'a' } },
        { id: 2, tags: ['x'] },
      ],
      total: 2,
    });
    assert.deepEqual(jsonPaths(text), [
      'items',
      'items.id',
      'items.owner',
      'items.owner.name',
      'items.tags',
      'total',
    ]);
  });

  it('are none for a list of numbers, and null for what is no JSON', () => {
    assert.deepEqual(jsonPaths('[1,2]'), []);
    assert.equal(jsonPaths('<p>'), null);
    assert.equal(jsonPaths('{"a":'), null);
  });

  it('are null where keys are data: there would be no end of them', () => {
    const byId = Object.fromEntries(Array.from({ length: 2000 }, (_, id) => [`u${id}`, 1]));
    assert.equal(jsonPaths(JSON.stringify(byId)), null);
  });

  it('end at a depth that no reply needs', () => {
    const deep = '{"a":'.repeat(5000) + '1' + '}'.repeat(5000);
    const paths = jsonPaths(deep);
    assert.ok(paths !== null && paths.length < 20);
  });
});
