import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { NameTable } from './name-table.ts';

describe('the names of a connection', () => {
  it('are forgotten oldest first when there are too many, a tenth at once', () => {
    const table = new NameTable<number>(() => 0);
    for (let i = 0; i < 10_001; i++) table.set(`s${i}`, i);
    assert.deepEqual([table.get('s0'), table.get('s2000'), table.get('s10000')], [undefined, 2000, 10_000]);
    assert.ok(table.names().length >= 9_000);
  });

  it('are forgotten oldest first when they hold too much, but never the newest', () => {
    const table = new NameTable<string>((text) => text.length);
    const long = 'x'.repeat(9 * 1024 * 1024);
    table.set('a', long);
    table.set('b', 'short');
    table.set('c', long);
    assert.deepEqual(table.names(), ['b', 'c']);
    table.set('c', long + long);
    assert.deepEqual(table.names(), ['c']);
    table.delete('c');
    table.set('a', long);
    table.set('b', 'short');
    assert.deepEqual(table.names(), ['a', 'b']);
  });
});
