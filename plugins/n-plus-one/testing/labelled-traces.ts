import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { codeLocation } from '../../../shared/index.ts';
import type { StatementFact } from '../trace.ts';

/** The statements of one recorded exchange, and what a person says that they are. */
export interface LabelledTrace {
  readonly name: string;
  /** The ORM or driver that sent them, as `ormOf` names it. */
  readonly tool: string;
  readonly is: 'n-plus-one' | 'duplicate' | 'nothing';
  /** Patterns of the statements that repeat: one finding is expected for each. */
  readonly of: readonly string[];
  readonly why: string;
  readonly trace: {
    readonly exchangeId: string;
    readonly traceId: string;
    readonly route: string;
    /** In the order in which they were told. */
    readonly statements: readonly StatementFact[];
  };
}

const shape = z.object({ fingerprint: z.string(), reads: z.array(z.string()), writes: z.array(z.string()) });

/** `[text, connection, started at in ms after the trace's first, duration in ms, rows, command, transaction, parameters]`. */
const statement = z.tuple([
  z.number().int(),
  z.number().int(),
  z.number(),
  z.number(),
  z.number().int(),
  z.string(),
  z.enum(['I', 'T', 'E']),
  z.array(z.string().nullable()),
]);
const more = z.object({
  error: z.object({ sqlstate: z.string(), message: z.string() }).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  where: codeLocation.optional(),
});

/** One line of a file of traces. Shapes and texts are written once and named by their index. */
const line = z.object({
  name: z.string(),
  tool: z.string(),
  is: z.enum(['n-plus-one', 'duplicate', 'nothing']),
  of: z.array(z.string()),
  why: z.string(),
  route: z.string(),
  startedAt: z.string(),
  shapes: z.array(shape),
  /** `[shape, text]`. */
  texts: z.array(z.tuple([z.number().int(), z.string()])),
  statements: z.array(statement),
  /** Indexes of the fetches that stopped early. */
  partial: z.array(z.number().int()).optional(),
  /** By index of the statement: what few statements have. */
  more: z.record(z.string(), more).optional(),
});
type Line = z.output<typeof line>;

/** Writes a trace as a line of a file and reads it again. */
export const labelled = { write, read };

function write({ trace, ...label }: LabelledTrace): Line {
  const shapes = new Listed<Line['shapes'][number]>();
  const texts = new Listed<Line['texts'][number]>();
  const [first] = trace.statements;
  const startedAt = first?.startedAt ?? '';
  const statements = trace.statements.map((fact): Line['statements'][number] => {
    const { fingerprint, reads, writes, text } = fact;
    const shapeIndex = shapes.indexOf({ fingerprint, reads, writes });
    const textIndex = texts.indexOf([shapeIndex, text]);
    const atMs = Date.parse(fact.startedAt) - Date.parse(startedAt);
    const { connection, durationMs, rows, command, transaction, parameters } = fact;
    return [textIndex, connection, atMs, durationMs, rows, command, transaction, parameters];
  });
  const partial = trace.statements.flatMap(({ isPartial }, index) => (isPartial ? [index] : []));
  const rest = trace.statements.flatMap(({ error, tags, where }, index) =>
    error || tags || where ? [[String(index), { error, tags, where }] as const] : [],
  );
  return {
    ...label,
    of: [...label.of],
    route: trace.route,
    startedAt,
    shapes: shapes.items,
    texts: texts.items,
    statements,
    ...(partial.length > 0 && { partial }),
    ...(rest.length > 0 && { more: Object.fromEntries(rest) }),
  };
}

/** Each item once, by its JSON. */
class Listed<Item> {
  readonly items: Item[] = [];
  readonly #indexes = new Map<string, number>();

  indexOf(item: Item): number {
    const key = JSON.stringify(item);
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.items.length);
    return this.items.push(item) - 1;
  }
}

function read(given: unknown): LabelledTrace {
  const {
    shapes,
    texts,
    statements,
    partial = [],
    more: rest = {},
    startedAt,
    route,
    ...label
  } = line.parse(given);
  const facts = statements.map(
    ([text, connection, atMs, durationMs, rows, command, transaction, parameters], index): StatementFact => {
      const [shapeIndex, written] = texts[text] ?? [0, ''];
      return {
        ...(shapes[shapeIndex] ?? { fingerprint: '', reads: [], writes: [] }),
        exchangeId: label.name,
        attribution: 'inferred',
        text: written,
        parameters,
        command,
        rows,
        durationMs,
        startedAt: new Date(Date.parse(startedAt) + atMs).toISOString(),
        connection,
        database: 'recorded',
        user: 'outrider',
        transaction,
        isPartial: partial.includes(index),
        ...rest[String(index)],
      };
    },
  );
  return { ...label, trace: { exchangeId: label.name, traceId: '', route, statements: facts } };
}

/** All traces of a folder by the name of their file without its ending. */
export function readTraces(folder: string): ReadonlyMap<string, readonly LabelledTrace[]> {
  const files = readdirSync(folder).filter((file) => file.endsWith('.jsonl'));
  return new Map(
    files.sort().map((file) => {
      const lines = readFileSync(join(folder, file), 'utf8').trim().split('\n');
      return [file.replace(/\.jsonl$/, ''), lines.map((each) => read(JSON.parse(each)))];
    }),
  );
}
