import type { Headers } from '../../shared/index.ts';
import { DerivedAnswers } from './derived-answers.ts';
import type { Head } from './head.ts';

const redacted = '[redacted]';

/** Makes the same fields with these credentials, named in any case, unreadable. */
export function redactorOf(credentialHeaders: readonly string[]): (head: Head) => Headers {
  const names = new Set(credentialHeaders.map((name) => name.toLowerCase()));
  return (head) => new RedactedHeaders(head, names);
}

class RedactedHeaders implements Headers {
  private readonly head: Head;
  /** Lower case. */
  private readonly credentialNames: ReadonlySet<string>;
  private readonly derivedAnswers = new DerivedAnswers<Headers>();

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

  derived<Value>(work: (headers: Headers) => Value): Value {
    return this.derivedAnswers.of(this, work);
  }

  *[Symbol.iterator](): Iterator<readonly [string, string]> {
    for (const [name, value] of this.head) yield [name, this.isCredential(name) ? redacted : value];
  }

  private isCredential(name: string): boolean {
    return this.credentialNames.has(name.toLowerCase());
  }
}
