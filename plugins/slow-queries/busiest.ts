/** A statement that was executed, with the values of one execution. */
export interface Executed {
  readonly fingerprint: string;
  readonly text: string;
  readonly parameters: readonly (string | null)[];
}

const mostFingerprints = 300;

/** Which statements took most time since their plan was asked for last: their plans are worth knowing while all is well. */
export class Busiest {
  readonly #seen = new Map<string, { readonly executed: Executed; totalMs: number }>();

  add(executed: Executed, durationMs: number): void {
    const known = this.#seen.get(executed.fingerprint);
    if (known) known.totalMs += durationMs;
    else if (this.#seen.size < mostFingerprints)
      this.#seen.set(executed.fingerprint, { executed, totalMs: durationMs });
  }

  /** The busiest one, taken out; those that `isKnown` go with it. */
  take(isKnown: (fingerprint: string) => boolean): Executed | undefined {
    for (const fingerprint of this.#seen.keys()) if (isKnown(fingerprint)) this.#seen.delete(fingerprint);
    const [most] = [...this.#seen.values()].sort((a, b) => b.totalMs - a.totalMs);
    if (most) this.#seen.delete(most.executed.fingerprint);
    return most?.executed;
  }
}
