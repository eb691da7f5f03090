import { randomFillSync } from 'node:crypto';

/** Crockford's base 32: no I, L, O, U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const randomBytes = new Uint8Array(16 * 256);
let used = randomBytes.length;

/**
 * A ULID (github.com/ulid/spec): 10 characters of time, 16 random ones. Random bytes are drawn 256 ids at a time,
 * because a call for 16 bytes costs more than the id.
 */
export function newId(nowMs: number): string {
  return timeOf(nowMs) + random();
}

function timeOf(nowMs: number): string {
  let text = '';
  for (let left = nowMs, digit = 0; digit < 10; digit += 1) {
    text = alphabet.charAt(left % 32) + text;
    left = Math.floor(left / 32);
  }
  return text;
}

function random(): string {
  if (used === randomBytes.length) {
    randomFillSync(randomBytes);
    used = 0;
  }
  let text = '';
  for (const end = used + 16; used < end; used += 1) text += alphabet.charAt((randomBytes[used] ?? 0) & 31);
  return text;
}
