import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Transform } from 'node:stream';

/** What guards see of a body. */
export interface SeenBody {
  readonly bytes: Uint8Array;
  readonly isTruncated: boolean;
}

/** Longer than this nobody waits for a decoder, whatever it is fed with. */
const decodeMs = 2000;

/**
 * The first `maxBytes` of a body as guards see it: content-decoded. It never produces more than that, so a
 * small body that unfolds to gigabytes costs no more than any other. A body that does not decode shows what
 * came out before the mistake, and an unknown coding shows the bytes as they are.
 */
export function seenBody(
  received: Buffer,
  isWhole: boolean,
  maxBytes: number,
  contentEncoding: string | undefined,
): SeenBody | Promise<SeenBody> {
  const codings = codingsOf(contentEncoding);
  if (codings.length === 0)
    return { bytes: received.subarray(0, maxBytes), isTruncated: !isWhole || received.length > maxBytes };
  return decoded(received, isWhole, maxBytes, codings);
}

/** The codings in the order they are undone; empty when there are none, or one that is not known. */
function codingsOf(contentEncoding: string | undefined): readonly (() => Transform)[] {
  if (contentEncoding === undefined) return [];
  const names = contentEncoding
    .toLowerCase()
    .split(',')
    .map((each) => each.trim());
  const makers = names.filter((name) => name !== 'identity').map((name) => decoders[name]);
  const known = makers.filter((each) => each !== undefined);
  return known.length === makers.length && known.length <= maxCodings ? known.toReversed() : [];
}

const maxCodings = 3;
const decoders: Readonly<Record<string, (() => Transform) | undefined>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

async function decoded(
  received: Buffer,
  isWhole: boolean,
  maxBytes: number,
  codings: readonly (() => Transform)[],
): Promise<SeenBody> {
  let seen: SeenBody = { bytes: received, isTruncated: !isWhole };
  for (const make of codings) {
    const step = await decodedOnce(seen.bytes, maxBytes, make());
    seen = { bytes: step.bytes, isTruncated: step.isTruncated || seen.isTruncated };
  }
  return seen;
}

function decodedOnce(received: Uint8Array, maxBytes: number, decoder: Transform): Promise<SeenBody> {
  return new Promise((resolve) => {
    const pieces: Buffer[] = [];
    let size = 0;
    const settle = (isTruncated: boolean): void => {
      clearTimeout(timer);
      decoder.destroy();
      resolve({ bytes: Buffer.concat(pieces).subarray(0, maxBytes), isTruncated });
    };
    const timer = setTimeout(() => settle(true), decodeMs);
    decoder.on('data', (piece: Buffer) => {
      pieces.push(piece);
      size += piece.length;
      if (size > maxBytes) settle(true);
    });
    decoder.on('end', () => settle(false));
    decoder.on('error', () => settle(true));
    decoder.end(received);
  });
}
