/** Texts up to this long are put where the last one was; a longer one gets its own bytes. */
const usualBytes = 16_384;
/** Up to here a loop is quicker than the runtime's encoder. */
const shortText = 48;

/** A text as UTF-8, until the next one is asked for. */
export interface TextBytes {
  readonly buffer: Uint8Array;
  readonly length: number;
}

const usual = Buffer.allocUnsafeSlow(usualBytes);
const answer = { buffer: usual as Uint8Array, length: 0 };

/** The UTF-8 bytes of a text: good until the next call, since all short texts share one buffer. */
export function bytesOf(text: string): TextBytes {
  if (text.length <= shortText && isCopied(text)) return answer;
  if (text.length * 3 > usualBytes) {
    const buffer = Buffer.from(text, 'utf8');
    return { buffer, length: buffer.length };
  }
  answer.length = usual.write(text, 0, 'utf8');
  return answer;
}

/** Copies a text of ASCII; false when it holds anything else. */
function isCopied(text: string): boolean {
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 127) return false;
    usual[at] = code;
  }
  answer.length = text.length;
  return true;
}
