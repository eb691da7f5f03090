import { randomFillSync } from 'node:crypto';

/** W3C Trace Context, version 00: `00-<32 hex>-<16 hex>-<2 hex>`. Later versions may have more behind it. */
const traceparentSyntax = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-[0-9a-f]{2}(-.*)?$/;

/** The trace id of a `traceparent` field; null when the field is not valid and must be replaced. */
export function traceIdOf(traceparent: string): string | null {
  const found = traceparentSyntax.exec(traceparent);
  if (!found) return null;
  const [, version, traceId = '', parentId, more] = found;
  if (version === 'ff' || (version === '00' && more !== undefined)) return null;
  return /^0+$/.test(traceId) || /^0+$/.test(parentId ?? '') ? null : traceId;
}

/** A `traceparent` and the trace id in it: asked for of every exchange, so it is not cut out each time. */
export interface Trace {
  readonly traceId: string;
  readonly traceparent: string;
}

/**
 * A new trace. It says `sampled`, for that is what OpenTelemetry's default sampler does with a request
 * that carries none; `not sampled` would switch the backend's own tracing off.
 */
export function newTrace(): Trace {
  const traceId = randomHex(32);
  return { traceId, traceparent: `00-${traceId}-${randomHex(16)}-01` };
}

/**
 * Bytes written as text at once, for ten requests: what is cut out of a text keeps all of it alive, and with some kilobytes at
 * once nearly every text would hold the digits of a recorded event.
 */
const textBytes = 240;
/** Random bytes are drawn about 4 KiB at a time: one call for each request would cost more than all the rest here. */
const pool = Buffer.alloc(17 * textBytes);
let drawn = pool.length;
let hex = '';
let used = 0;

function randomHex(digits: number): string {
  if (used + digits > hex.length) hex = nextText();
  used += digits;
  return hex.slice(used - digits, used);
}

function nextText(): string {
  if (drawn === pool.length) {
    randomFillSync(pool);
    drawn = 0;
  }
  drawn += textBytes;
  used = 0;
  return pool.toString('hex', drawn - textBytes, drawn);
}
