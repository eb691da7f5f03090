/** Whether a text holds a piece, given in lower case, in any case. */
export type Holds = (piece: string) => boolean;

/** From this length on all pieces are looked for in one pass. */
const longText = 4096;
/** Characters of ASCII; any other is part of no piece. */
const width = 128;

/**
 * Pieces that texts are searched for, all at once: the automaton of Aho and Corasick ("Efficient string matching", 1975), as a
 * table of one row for each beginning of a piece. A pass costs the text's length, however many pieces there are.
 */
export class Pieces {
  readonly #indexOf: ReadonlyMap<string, number>;
  #table: Table | null = null;

  constructor(pieces: Iterable<string>) {
    this.#indexOf = new Map([...new Set(pieces)].map((piece, index) => [piece, index]));
  }

  /** Answers about the pieces it was made with, and no others; works nothing out before somebody asks. */
  heldBy(text: string): Holds {
    if (text.length < longText) return inShort(text);
    let found: Uint8Array | null = null;
    return (piece) => {
      this.#table ??= tableOf([...this.#indexOf.keys()]);
      found ??= foundIn(text, this.#table);
      return found[this.#indexOf.get(piece) ?? -1] === 1;
    };
  }
}

function inShort(text: string): Holds {
  let lower: string | null = null;
  return (piece) => (lower ??= text.toLowerCase()).includes(piece);
}

interface Table {
  /** The next state by state and character. */
  readonly next: Uint16Array;
  /** 1 for a state at which some piece ends. */
  readonly isEnd: Uint8Array;
  /** The pieces that end there. */
  readonly ends: readonly (readonly number[])[];
  readonly count: number;
}

function foundIn(text: string, { next, isEnd, ends, count }: Table): Uint8Array {
  const found = new Uint8Array(count);
  let state = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    state = code < width ? (next[state * width + code] ?? 0) : 0;
    if (isEnd[state] !== 1) continue;
    for (const piece of ends[state] ?? []) found[piece] = 1;
  }
  return found;
}

function tableOf(pieces: readonly string[]): Table {
  const trie = trieOf(pieces);
  const next = new Uint16Array(trie.length * width);
  const ends = trie.map(({ pieces: own }) => [...own]);
  /** Where the search goes on when a beginning is not continued: the longest other beginning that ends here. */
  const fallback = new Uint16Array(trie.length);
  // By length, so that a fallback, which is shorter, is whole when it is copied.
  for (const [state, { children }] of [...trie.entries()].sort(([, a], [, b]) => a.depth - b.depth)) {
    const shorter = fallback[state] ?? 0;
    if (state > 0) {
      next.copyWithin(state * width, shorter * width, (shorter + 1) * width);
      ends[state]?.push(...(ends[shorter] ?? []));
    }
    for (const [code, child] of children) {
      fallback[child] = state === 0 ? 0 : (next[shorter * width + code] ?? 0);
      for (const each of casesOf(code)) next[state * width + each] = child;
    }
  }
  return {
    next,
    ends,
    isEnd: Uint8Array.from(ends, (each) => (each.length > 0 ? 1 : 0)),
    count: pieces.length,
  };
}

interface Node {
  readonly depth: number;
  readonly children: Map<number, number>;
  readonly pieces: number[];
}

function trieOf(pieces: readonly string[]): readonly Node[] {
  const root: Node = { depth: 0, children: new Map(), pieces: [] };
  const nodes = [root];
  for (const [index, piece] of pieces.entries()) {
    let node = root;
    for (const code of Buffer.from(piece, 'latin1')) {
      const known = nodes[node.children.get(code) ?? -1];
      const child = known ?? { depth: node.depth + 1, children: new Map(), pieces: [] };
      if (!known) node.children.set(code, nodes.push(child) - 1);
      node = child;
    }
    node.pieces.push(index);
  }
  return nodes;
}

/** A lower-case letter stands for both. */
function casesOf(code: number): readonly number[] {
  return code >= 97 && code <= 122 ? [code, code - 32] : [code];
}
