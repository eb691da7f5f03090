import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { z } from 'zod';
import { OutriderError } from '../../shared/index.ts';
import type { Problem } from './check-problems.ts';

/** What is known and let pass, with the statement for whoever reads the file. */
const baseline = z.strictObject({
  version: z.literal(1),
  known: z.array(z.looseObject({ key: z.string(), text: z.string().optional() })),
});

/** The known keys; none when the file is about to be written. Throws `usage` where the file is missing or another's. */
export async function readBaseline(file: string, cwd: string, isUpdate: boolean): Promise<readonly string[]> {
  const path = resolve(cwd, file);
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (isUpdate && error.code === 'ENOENT') return null;
    throw new OutriderError('usage', `${path} cannot be read; --update-baseline writes it.`, {
      cause: error,
    });
  });
  if (text === null) return [];
  const parsed = baseline.safeParse(jsonOf(text));
  if (!parsed.success) throw new OutriderError('usage', `${path} is no baseline of outrider check.`);
  return parsed.data.known.map(({ key }) => key);
}

/** Adds what was found; what was known stays, as one run need not see everything. */
export async function writeBaseline(
  file: string,
  cwd: string,
  known: readonly string[],
  problems: readonly Problem[],
): Promise<void> {
  const texts = new Map(problems.map(({ key, text }) => [key, text]));
  const keys = [...new Set([...known, ...texts.keys()])].sort();
  const entries = keys.map((key) => ({ key, ...(texts.has(key) && { text: texts.get(key) }) }));
  await writeFile(resolve(cwd, file), `${JSON.stringify({ version: 1, known: entries }, null, 2)}\n`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON is not a baseline either: the schema says so.
    return undefined;
  }
}
