import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { frame, FrameError, FrameReader, hopsOf, prefixBytes } from './frames.ts';
import { pieces } from './transcript.ts';

interface Seen {
  readonly type: string;
  readonly text: string;
  readonly isCut: boolean;
}

const conversation = Buffer.concat([
  frame('Q', Buffer.from('select 1')),
  frame('D', Buffer.from('a row that is hopped')),
  frame('S'),
  frame('Z', Buffer.from('I')),
  frame('D'),
  frame('C', Buffer.from('SELECT 1')),
]);
const wanted = ['Q:select 1', 'S:', 'Z:I', 'C:SELECT 1'];

describe('the frame reader', () => {
  it('finds the same frames wherever the bytes are split once', () => {
    for (let at = 0; at <= conversation.length; at++)
      assert.deepEqual(read([conversation.subarray(0, at), conversation.subarray(at)]).frames, wanted);
  });

  it('finds the same frames in pieces of any size', () => {
    for (let size = 1; size <= conversation.length; size++)
      assert.deepEqual(read(pieces(conversation, size)).frames, wanted);
  });

  it('counts what it hops over', () => {
    for (let size = 1; size <= conversation.length; size++)
      assert.equal(read(pieces(conversation, size)).hopped, 2);
  });

  it('shows the first bytes of a frame above the limit and goes on after it', () => {
    const long = frame('Q', Buffer.alloc(prefixBytes * 3, 'x'));
    const bytes = Buffer.concat([frame('S'), long, frame('Z', Buffer.from('I'))]);
    for (const size of [1, 7, 4096, prefixBytes, bytes.length]) {
      const seen = readAll(pieces(bytes, size), 1024);
      assert.deepEqual(
        seen.map(({ type, text, isCut }) => [type, text.length, isCut]),
        [
          ['S', 0, false],
          ['Q', prefixBytes, true],
          ['Z', 1, false],
        ],
      );
    }
  });

  it('tells how many bytes belong to the frame under way', () => {
    for (let at = 1; at < conversation.length; at++) {
      const reader = new FrameReader({ hops: hopsOf('D'), maxBytes: 1024 }, () => undefined);
      reader.push(conversation.subarray(0, at));
      const rest = conversation.subarray(at);
      reader.push(rest.subarray(0, reader.bytesToBoundary(rest)));
      assert.ok(reader.isAtBoundary, `split at ${at}`);
    }
  });

  it('refuses lengths that cannot be', () => {
    for (const length of [0, 3, -1, 0x7fff_ffff]) {
      const bytes = Buffer.from([0x51, 0, 0, 0, 0, 0]);
      bytes.writeInt32BE(length, 1);
      assert.throws(() => read([bytes]), FrameError);
      assert.throws(() => read(pieces(bytes, 1)), FrameError);
    }
  });

  it('is never thrown off by how random frames are split', () => {
    const anyFrame = fc.tuple(fc.constantFrom('Q', 'D', 'Z', 'E'), fc.uint8Array({ maxLength: 300 }));
    fc.assert(
      fc.property(fc.array(anyFrame, { maxLength: 20 }), fc.integer({ min: 1, max: 50 }), (frames, size) => {
        const bytes = Buffer.concat(frames.map(([type, payload]) => frame(type, Buffer.from(payload))));
        const expected = frames.filter(([type]) => type !== 'D').map(([type]) => type);
        assert.deepEqual(
          readAll(pieces(bytes, size), 100_000).map(({ type }) => type),
          expected,
        );
      }),
    );
  });
});

function read(parts: readonly Buffer[]): { readonly frames: readonly string[]; readonly hopped: number } {
  const frames: string[] = [];
  const reader = new FrameReader({ hops: hopsOf('D'), maxBytes: 1024 }, (type, bytes, start, end) =>
    frames.push(`${String.fromCharCode(type)}:${bytes.toString('latin1', start, end)}`),
  );
  for (const part of parts) reader.push(part);
  return { frames, hopped: reader.hopped };
}

function readAll(parts: readonly Buffer[], maxBytes: number): readonly Seen[] {
  const seen: Seen[] = [];
  const reader = new FrameReader({ hops: hopsOf('D'), maxBytes }, (type, bytes, start, end, isCut) =>
    seen.push({ type: String.fromCharCode(type), text: bytes.toString('latin1', start, end), isCut }),
  );
  for (const part of parts) reader.push(part);
  return seen;
}
