import { ShapeText } from './shape-text.ts';
import { shapeTable } from './shape-table.ts';
import { analysed, unparsed, type Shape } from './shape.ts';
import { textMemory } from './text-memory.ts';

export interface Shapes {
  /** At once: a shape that is not known is parsed here (30 µs and more). `loadParser` must have been awaited. */
  of(text: string): Shape;
  /**
   * Without parsing here: `asked` while the analyst has not answered about the shape, `late` once it should have. A shape
   * that is known is looked up (a text with parameters 0.1 µs, one with values 1 µs).
   */
  soon(text: string): Shape | 'asked' | 'late';
  /** What can be told of a statement whose shape nobody found out. */
  unparsed(text: string): Shape;
  size(): number;
}

/** Parses shapes elsewhere. */
export interface ShapeAnalyst {
  /** False when too much waits already; else `tell` is called, with null when the shape could not be analysed. */
  ask(shape: string, tell: (found: Shape | null) => void): boolean;
}

export interface ShapesOptions {
  readonly max?: number;
  /** Default: in this thread. */
  readonly analyst?: ShapeAnalyst;
  readonly nowMs?: () => number;
  /** Something that was asked is known now. */
  readonly answered?: () => void;
}

/** An application has hundreds of shapes; one that writes values into names would otherwise fill the memory. */
const shapesMax = 4096;
const shapePairsMax = 2 * 1024 * 1024;

/** What is asked is waited for so long; the statements of a shape are told without an answer then. */
export const answerMs = 1_000;

interface Remembered {
  shape: Shape | null;
  /** When the analyst was asked; null while it was not. */
  askedMs: number | null;
}

/** The caches from text, and from shape text, to fingerprint and tables. What is no longer asked for goes first. */
export function createShapes({
  max = shapesMax,
  analyst = analystHere,
  nowMs = Date.now,
  answered = () => undefined,
}: ShapesOptions = {}): Shapes {
  const known = shapeTable<Remembered>(Math.ceil(max / 2), shapePairsMax / 2);
  const written = new ShapeText();

  function look(text: string): Remembered {
    written.read(text);
    const found = known.get(written);
    if (found !== undefined) return found;
    const added: Remembered = { shape: null, askedMs: null };
    known.add(written, added);
    return added;
  }
  const find = textMemory(look);

  function shapeTextOf(text: string): string {
    written.read(text);
    return written.toString();
  }

  function ask(text: string, remembered: Remembered): void {
    const shape = shapeTextOf(text);
    const isAsked = analyst.ask(shape, (found) => {
      remembered.shape ??= found ?? unparsed(shape);
      answered();
    });
    remembered.askedMs = isAsked ? nowMs() : null;
  }

  return {
    of(text) {
      const remembered = find(text);
      remembered.shape ??= analysed(shapeTextOf(text));
      return remembered.shape;
    },
    soon(text) {
      const remembered = find(text);
      if (remembered.shape !== null) return remembered.shape;
      if (remembered.askedMs === null) ask(text, remembered);
      if (remembered.askedMs === null) return 'late';
      return remembered.shape ?? (nowMs() - remembered.askedMs < answerMs ? 'asked' : 'late');
    },
    unparsed: (text) => unparsed(shapeTextOf(text)),
    size: () => known.size(),
  };
}

const analystHere: ShapeAnalyst = {
  ask(shape, tell) {
    tell(analysed(shape));
    return true;
  },
};
