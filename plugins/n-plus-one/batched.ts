import type { Repetition } from './rule.ts';
import { withoutComments } from './statement-key.ts';

/**
 * The one statement that would do the work of a repeated read: its key parameter as `= ANY($n)`. Null where
 * that cannot be said by changing one place: writes, several keys, values written into the text.
 */
export function batchedText({ text, isWrite, keyIndexes }: Repetition): string | null {
  const [index] = keyIndexes;
  if (isWrite || keyIndexes.length !== 1 || index === undefined) return null;
  const plain = withoutComments(text);
  const key = new RegExp(`=\\s*\\$${index + 1}(?!\\d)(?:::\\w+)?`, 'g');
  if ((plain.match(key) ?? []).length !== 1) return null;
  return withoutPage(plain.replace(key, `= ANY($${index + 1})`));
}

/** `LIMIT 1` of a look-up by key would cut the one statement's answer to one row. */
function withoutPage(text: string): string {
  return text.replace(
    /\s+(?:limit|fetch first)\s+(?:\$\d+|\d+)(?:\s+rows? only)?(?:\s+offset\s+(?:\$\d+|\d+))?\s*;?\s*$/i,
    '',
  );
}
