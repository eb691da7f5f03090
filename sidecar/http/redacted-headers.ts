import type { Headers } from '../../shared/index.ts';
import type { Head } from './head.ts';

const redacted = '[redacted]';

/** The same fields with credentials unreadable. */
export class RedactedHeaders implements Headers {
  private readonly head: Head;
  /** Lower case. */
  private readonly credentialNames: ReadonlySet<string>;

  constructor(head: Head, credentialNames: ReadonlySet<string>) {
    this.head = head;
    this.credentialNames = credentialNames;
  }

  get(name: string): string | undefined {
    const value = this.head.get(name);
    return value !== undefined && this.isCredential(name) ? redacted : value;
  }

  all(name: string): readonly string[] {
    const values = this.head.all(name);
    return this.isCredential(name) ? values.map(() => redacted) : values;
  }

  some(test: (name: string, value: string) => boolean): boolean {
    return this.head.some((name, value) => test(name, this.isCredential(name) ? redacted : value));
  }

  *[Symbol.iterator](): Iterator<readonly [string, string]> {
    for (const [name, value] of this.head) yield [name, this.isCredential(name) ? redacted : value];
  }

  private isCredential(name: string): boolean {
    return this.credentialNames.has(name.toLowerCase());
  }
}
