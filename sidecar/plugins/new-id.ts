import { randomFillSync } from 'node:crypto';

/** Crockford's base 32: no I, L, O, U. */
const alphabet = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const randomBytes = new Uint8Array(16 * 256);
let characters = '';
let used = 0;
let writtenMs = Number.NaN;
let written = '';

/**
 * A ULID (github.com/ulid/spec): 10 characters of time, 16 random ones. Random characters are drawn 256 ids at a time,
 * because a call for 16 bytes costs more than the id, and one millisecond's time is written once.
 */
export function newId(nowMs: number): string {
  if (nowMs !== writtenMs) {
    written = timeOf(nowMs);
    writtenMs = nowMs;
  }
  return written + random();
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
  if (used === characters.length) {
    randomFillSync(randomBytes);
    for (let at = 0; at < randomBytes.length; at += 1) {
      randomBytes[at] = alphabet.charCodeAt((randomBytes[at] ?? 0) & 31);
    }
    characters = Buffer.from(randomBytes).toString('latin1');
    used = 0;
  }
  used += 16;
  return characters.slice(used - 16, used);
}
