import type { Headers } from '../../shared/index.ts';
import type { Head } from './head.ts';

const redacted = '[redacted]';

/** The same fields with credentials unreadable. */
export function redactedHeaders(head: Head, credentialNames: ReadonlySet<string>): Headers {
  const isCredential = (name: string): boolean => credentialNames.has(name.toLowerCase());
  return {
    get(name) {
      const value = head.get(name);
      return value !== undefined && isCredential(name) ? redacted : value;
    },
    all(name) {
      const values = head.all(name);
      return isCredential(name) ? values.map(() => redacted) : values;
    },
    *[Symbol.iterator]() {
      for (const [name, value] of head) yield [name, isCredential(name) ? redacted : value];
    },
  };
}
