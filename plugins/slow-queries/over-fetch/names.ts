/** The keys of a reply, ready to be asked which columns they carry. */
export class SentKeys {
  /** Whole names of keys, with and without the keys they lie under, as words run together. */
  readonly #names = new Set<string>();
  /** The last words of keys, in every length: `messageBody` ends in `body`. */
  readonly #endings = new Set<string>();

  constructor(paths: readonly string[]) {
    for (const path of paths) {
      const keys = path.split('.');
      const words = wordsOf(keys.at(-1) ?? '');
      for (const ending of endingsOf(words)) this.#endings.add(ending);
      this.#names.add(words.join(''));
      // `owner: { name }` carries owner_name.
      if (keys.length > 1) this.#names.add([...wordsOf(keys.at(-2) ?? ''), ...words].join(''));
    }
  }

  /**
   * True when a key may hold what the column held: the same words in any case (`created_at`, `createdAt`), more words before
   * them on either side (`users_created_at` of an ORM, `messageBody` of a person).
   */
  carry(column: string): boolean {
    const words = wordsOf(column);
    if (words.length === 0) return true;
    return this.#endings.has(words.join('')) || endingsOf(words).some((ending) => this.#names.has(ending));
  }
}

const wordsOf = (name: string): readonly string[] =>
  [...name.matchAll(/\p{Lu}+(?!\p{Ll})|\p{Lu}?[\p{Ll}\p{Lo}]+|\d+/gu)].map(([word]) => word.toLowerCase());

const endingsOf = (words: readonly string[]): readonly string[] =>
  words.map((_, first) => words.slice(first).join(''));
