import { createHash } from 'node:crypto';
import { fingerprintSync, loadModule, parseSync } from 'libpg-query';
import { tablesTouched, type TablesTouched } from './tables.ts';

/** What is known of all statements that differ in their values alone. */
export interface Shape extends TablesTouched {
  /** 16 hex digits of libpg_query's fingerprint; of a hash of the shape when PostgreSQL's parser refuses it. */
  readonly fingerprint: string;
}

/** A longer shape is hashed, not parsed: a parse of this length takes some milliseconds. */
const parsedCharactersMax = 16 * 1024;

/** Loads PostgreSQL's parser (WASM) once; `analysed` needs it. */
export const loadParser = (): Promise<void> => loadModule();

/** Fingerprint and tables of a shape (see `shapeText`), by PostgreSQL's parser: 30 µs and more. */
export function analysed(shape: string): Shape {
  if (shape.length > parsedCharactersMax) return unparsed(shape);
  try {
    const tree = parseSync(shape).stmts?.[0]?.stmt;
    return { fingerprint: fingerprintSync(shape), ...tablesTouched(tree) };
  } catch {
    // A statement PostgreSQL cannot parse still happened, and fails there with its own message.
    return unparsed(shape);
  }
}

/** What can be said of a shape without parsing it. */
export function unparsed(shape: string): Shape {
  const fingerprint = createHash('sha1').update(shape.toLowerCase()).digest('hex').slice(0, 16);
  return { fingerprint, kind: '', reads: [], writes: [] };
}
