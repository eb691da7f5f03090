import { createHash } from 'node:crypto';
import { fingerprintSync, loadModule, parseSync } from 'libpg-query';
import { shapeText } from './shape-text.ts';
import { tablesTouched, type TablesTouched } from './tables.ts';

/** What is known of all statements that differ in their values alone. */
export interface Shape extends TablesTouched {
  /** 16 hex digits of libpg_query's fingerprint; of a hash of the shape when PostgreSQL's parser refuses it. */
  readonly fingerprint: string;
}

export interface Shapes {
  /** Parses a shape the first time it is seen (30 µs and more), then looks it up (about 1 µs). */
  of(text: string): Shape;
  readonly size: number;
}

/** An application has hundreds of shapes; one that writes values into names would otherwise fill the memory. */
const shapesMax = 4096;

/** A longer shape is hashed, not parsed: a parse of this length takes some milliseconds. */
const parsedCharactersMax = 16 * 1024;

/** Loads PostgreSQL's parser (WASM) once; `createShapes` needs it. */
export const loadParser = (): Promise<void> => loadModule();

/** The cache from shape text to fingerprint and tables; the least recently used shape goes first. */
export function createShapes(max = shapesMax): Shapes {
  const known = new Map<string, Shape>();
  /** The last text, as drivers often send one text many times in a row. */
  let last = { text: '', shape: unparsed('') };
  const look = (text: string): Shape => {
    const key = shapeText(text);
    const found = known.get(key);
    const shape = found ?? analysed(key);
    if (found && known.size < max / 2) return found;
    if (found) known.delete(key);
    else if (known.size >= max) known.delete(known.keys().next().value ?? '');
    known.set(key, shape);
    return shape;
  };
  return {
    of(text) {
      if (text !== last.text) last = { text, shape: look(text) };
      return last.shape;
    },
    get size() {
      return known.size;
    },
  };
}

function analysed(shape: string): Shape {
  if (shape.length > parsedCharactersMax) return unparsed(shape);
  try {
    const tree = parseSync(shape).stmts?.[0]?.stmt;
    return { fingerprint: fingerprintSync(shape), ...tablesTouched(tree) };
  } catch {
    // A statement PostgreSQL cannot parse still happened, and fails there with its own message.
    return unparsed(shape);
  }
}

function unparsed(shape: string): Shape {
  const fingerprint = createHash('sha1').update(shape.toLowerCase()).digest('hex').slice(0, 16);
  return { fingerprint, kind: '', reads: [], writes: [] };
}
