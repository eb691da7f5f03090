import { isWhite } from './character-set.ts';
import { codesOf } from './text-codes.ts';

/**
 * Whether a text may hold a piece, given in lower case, in any case: a piece may end in a blank, which stands for any
 * white space. False means that it does not.
 */
export type Holds = (piece: string) => boolean;

/** A piece, or one of a list, which is only looked for where a text is long: in a short one what it would spare costs less. */
export type Need = string | readonly string[];

/** Whether a text may hold all that something needs. */
export function mayHold(text: string, needs: readonly Need[], holds: Holds): boolean {
  const isLong = text.length >= longText;
  return needs.every((need) => (typeof need === 'string' ? holds(need) : !isLong || need.some(holds)));
}

/** From this length on all pieces are looked for in one pass. */
export const longText = 4096;
/** Characters of ASCII; any other is part of no piece, unless it is white. */
const width = 128;

/**
 * Pieces that texts are searched for, all at once: the automaton of Aho and Corasick ("Efficient string matching", 1975), as a
 * table of one row for each beginning of a piece. A pass costs the text's length, however many pieces there are.
 */
export class Pieces {
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #table: Table;

  constructor(pieces: Iterable<string>) {
    const long = [...new Set(pieces)].filter(({ length }) => length > 1);
    this.#indexOf = new Map(long.map((piece, index) => [piece, index]));
    this.#table = tableOf(long);
  }

  /** Answers about the pieces it was made with and about single marks; looks for none before somebody asks. */
  heldBy(text: string): Holds {
    if (text.length < longText) return heldIn(text);
    let found: Uint8Array | null = null;
    return (piece) => {
      // The runtime looks for one mark quicker than any table.
      if (piece.length === 1) return text.includes(piece);
      found ??= foundIn(text, this.#table);
      return found[this.#indexOf.get(piece) ?? -1] === 1;
    };
  }
}

/** The same for any pieces, each looked for on its own, and without the blank that one may end in. */
export function heldIn(text: string): Holds {
  let lower: string | null = null;
  return (piece) => (lower ??= text.toLowerCase()).includes(piece.length > 1 ? piece.trimEnd() : piece);
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
  const codes = codesOf(text);
  let state = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = codes[at] ?? 0;
    state = next[state * width + (code < width ? code : isWhite(code) ? blank : 0)] ?? 0;
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

const blank = 32;
const whites = [9, 10, 11, 12, 13, blank];

/** A lower-case letter stands for both, a blank for all that is white. */
function casesOf(code: number): readonly number[] {
  if (code === blank) return whites;
  return code >= 97 && code <= 122 ? [code, code - 32] : [code];
}
