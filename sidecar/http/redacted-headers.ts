import type { Headers } from '../../shared/index.ts';
import type { Head } from './head.ts';

const redacted = '[redacted]';

/** The same fields with credentials unreadable. */
export class RedactedHeaders implements Headers {
  private readonly head: Head;
  /** Lower case. */
  private readonly credentialNames: ReadonlySet<string>;
  private fields: (readonly [name: string, value: string])[] | null = null;

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

  // An array's own iterator: a generator costs several times as much, and guards look at every request's fields.
  [Symbol.iterator](): Iterator<readonly [string, string]> {
    this.fields ??= this.listed();
    return this.fields[Symbol.iterator]();
  }

  private listed(): (readonly [string, string])[] {
    const { head } = this;
    const fields: (readonly [string, string])[] = [];
    for (let index = 0; index < head.count; index += 1) {
      const name = head.nameAt(index);
      fields.push([name, this.isCredential(name) ? redacted : head.valueAt(index)]);
    }
    return fields;
  }

  private isCredential(name: string): boolean {
    return this.credentialNames.has(name.toLowerCase());
  }
}
