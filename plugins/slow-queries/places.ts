import { readableSql, type Finding, type SqlFinished } from '../../shared/index.ts';
import type { z } from 'zod';

type Where = z.output<typeof SqlFinished.schema>['where'];

/** What of a finding says where in the source it belongs: the line when it is known, and what to look for when not. */
export type Placed = Pick<Finding, 'where' | 'about'>;

const mostRemembered = 2000;
const mostTextCharacters = 2000;

/** The line that sent each statement last. */
export class Places {
  readonly #lines = new Map<string, NonNullable<Where>>();

  seen(fingerprint: string, where: Where): void {
    if (!where) return;
    const known = this.#lines.get(fingerprint);
    if (known?.line === where.line && known.file === where.file) return;
    this.#lines.delete(fingerprint);
    this.#lines.set(fingerprint, where);
    const [oldest] = this.#lines.keys();
    if (this.#lines.size > mostRemembered && oldest !== undefined) this.#lines.delete(oldest);
  }

  of(fingerprint: string, text: string): Placed {
    return placed(this.#lines.get(fingerprint), text);
  }
}

export function placed(where: Where, text: string): Placed {
  const about = { statement: readableSql(text).slice(0, mostTextCharacters) };
  return where ? { where, about } : { about };
}
