import { createHmac, randomBytes } from 'node:crypto';
import { redacted } from './redact.ts';

/** What is told in place of a hidden value. */
export type Mark = (value: string) => string;

/** Gives each exchange the marks of its own. */
export type Marks = (exchangeId: string | null) => Mark;

/** `[redacted 9hG2xQ]`: enough to tell the values of one exchange apart. */
const markCharacters = 6;

/**
 * Marks that are equal for equal values of one exchange and tell nothing else: so it can be seen that an exchange asked for the same
 * user again, or for one user after the other, though the statement's values are hidden. The key is this process's and
 * the exchange is part of what is signed, so a value cannot be looked for in another exchange.
 */
export function createMarks(key: Buffer = randomBytes(32)): Marks {
  return (exchangeId) => {
    if (exchangeId === null) return () => redacted;
    return (value) => {
      const signed = createHmac('sha256', key).update(`${exchangeId}\0${value}`).digest('base64url');
      return `[redacted ${signed.slice(0, markCharacters)}]`;
    };
  };
}
