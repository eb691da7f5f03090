import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { describe, it } from 'mocha';

/** In a process of its own: what other tests did to this one's `String.prototype` cannot be undone. */
function areStringsFast(...steps: readonly string[]): boolean {
  const program = [
    `import { keepStringsFast } from './sidecar/fast-strings.ts';`,
    ...steps,
    `console.log(%HasFastProperties(String.prototype));`,
  ];
  const flags = ['--allow-natives-syntax', '--import', 'tsx', '--input-type=module'];
  const printed = execFileSync(process.execPath, [...flags, '--eval', program.join('\n')], {
    encoding: 'utf8',
  });
  return printed.trim() === 'true';
}

const extending = 'class Text extends String {}';
const redis = `await import('./sidecar/store/redis.ts');`;
const keep = 'keepStringsFast();';

describe('keepStringsFast', () => {
  it('mends what a class that extends String did, the one of ioredis too', () => {
    assert.equal(areStringsFast(extending), false, 'V8 has changed: is this still needed?');
    assert.equal(areStringsFast(redis), false, 'ioredis has changed: is this still needed?');
    assert.equal(areStringsFast(extending, keep), true);
    assert.equal(areStringsFast(redis, keep), true);
  });

  it('holds for classes that come later', () => {
    assert.equal(areStringsFast(keep, extending), true);
    assert.equal(areStringsFast(keep, redis), true);
  });
});
