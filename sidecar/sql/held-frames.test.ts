import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { frame, FrameError, hopsOf, prefixBytes } from './frames.ts';
import { HeldFrames, type Decision } from './held-frames.ts';
import { pieces } from './transcript.ts';

const instead = frame('Q', Buffer.from('instead'));
const bytes = Buffer.concat([
  frame('S'),
  frame('Q', Buffer.from('good')),
  frame('d', Buffer.from('a row of a copy')),
  frame('Q', Buffer.from('bad')),
  frame('S'),
  frame('Q', Buffer.from('good again')),
]);
const judged = Buffer.concat([
  frame('S'),
  frame('Q', Buffer.from('good')),
  frame('d', Buffer.from('a row of a copy')),
  instead,
  frame('S'),
  frame('Q', Buffer.from('good again')),
]);

describe('held frames', () => {
  it('let pass and replace the same frames wherever the bytes are split', () => {
    for (let size = 1; size <= bytes.length; size++) {
      const { held, out } = holding(judge);
      for (const piece of pieces(bytes, size)) held.push(piece);
      assert.deepEqual(Buffer.concat(out), judged);
      assert.ok(held.isAtBoundary);
    }
  });

  it('keep their order while a decision is awaited', async () => {
    for (const size of [1, 5, 9, bytes.length]) {
      const { held, out } = holding(async (text) => judge(text));
      for (const piece of pieces(bytes, size)) held.push(piece);
      while (held.isWaiting) await Promise.resolve();
      assert.deepEqual(Buffer.concat(out), judged);
    }
  });

  it('let nothing of a frame leave before its decision', () => {
    const { held, out } = holding(() => new Promise(() => undefined));
    held.push(Buffer.concat([frame('S'), frame('Q', Buffer.from('waits'))]));
    assert.deepEqual(Buffer.concat(out), frame('S'));
    assert.deepEqual(held.release(), frame('Q', Buffer.from('waits')));
  });

  it('judge a frame above the limit by its beginning and drop all of it when it is replaced', () => {
    const long = (start: string): Buffer => frame('Q', Buffer.from(start), Buffer.alloc(prefixBytes * 2));
    for (const size of [1000, prefixBytes, prefixBytes * 10]) {
      const { held, out } = holding(judge, 1024);
      const all = Buffer.concat([long('bad'), long('good'), frame('S')]);
      for (const piece of pieces(all, size)) held.push(piece);
      assert.deepEqual(Buffer.concat(out), Buffer.concat([instead, long('good'), frame('S')]));
    }
  });

  it('refuse lengths that cannot be and keep the bytes', () => {
    const { held } = holding(judge);
    const wrong = Buffer.from([0x51, 0, 0, 0, 1]);
    assert.throws(() => held.push(wrong), FrameError);
    assert.deepEqual(held.release(), wrong);
  });
});

function judge(text: string): Decision {
  return text.startsWith('bad') ? instead : null;
}

function holding(
  decide: (text: string) => Decision | Promise<Decision>,
  maxBytes = 100_000,
): { readonly held: HeldFrames; readonly out: Buffer[] } {
  const out: Buffer[] = [];
  const held: HeldFrames = new HeldFrames({
    rules: { hops: hopsOf('d'), maxBytes },
    decide: (type, payload, start, end) =>
      type === 0x51 ? decide(payload.toString('latin1', start, end)) : null,
    forward: (part) => void out.push(Buffer.from(part)),
    wentOn: () => held.push(Buffer.alloc(0)),
    failed: (error) => assert.fail(String(error)),
  });
  return { held, out };
}
