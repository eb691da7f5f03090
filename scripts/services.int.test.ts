import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { freePort } from './services.ts';

describe('freePort', () => {
  it('hands out no port twice, though nobody has bound the first yet', async () => {
    const ports: number[] = [];
    for (let count = 0; count < 1000; count += 1) ports.push(await freePort());
    assert.equal(new Set(ports).size, ports.length);
  });
});
