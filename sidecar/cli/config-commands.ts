import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { OutriderError } from '../../shared/index.ts';
import { configSchema } from '../config-schema.ts';
import { loadConfig } from '../config.ts';
import { maskedData } from '../plugins/masking.ts';
import { parsedArguments } from './arguments.ts';
import type { Console } from './console.ts';
import { runFlags } from './help.ts';
import { initTemplate } from './init-template.ts';

const initName = 'outrider.config.yaml';

/** `outrider init`: writes an enforcing, commented configuration, never over one that is there. */
export async function init(tokens: readonly string[], { cwd, out }: Console): Promise<void> {
  const { words } = parsedArguments(tokens, { values: [], switches: [] });
  if (words.length > 0) throw new OutriderError('usage', 'outrider init takes nothing more.');
  const path = join(cwd, initName);
  await writeFile(path, initTemplate, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    const detail =
      error.code === 'EEXIST' ? `${path} is there already and was left as it is.` : error.message;
    throw new OutriderError('usage', detail, { cause: error });
  });
  out(`Wrote ${initName}. Set http.upstream in it, then start with: outrider\n`);
}

/** `outrider config check [--print]` and `outrider config schema`. */
export async function config(tokens: readonly string[], console: Console): Promise<void> {
  const names = { values: runFlags.values, switches: [...runFlags.switches, 'print'] };
  const { words, flags } = parsedArguments(tokens, names);
  const [what, ...more] = words;
  if (more.length > 0 || (what !== 'check' && what !== 'schema')) {
    throw new OutriderError(
      'usage',
      'Write `outrider config check`, `outrider config check --print` or `outrider config schema`.',
    );
  }
  if (what === 'schema') return console.out(`${JSON.stringify(configJsonSchema(), null, 2)}\n`);
  const loaded = await loadConfig({ cwd: console.cwd, env: console.env, flags });
  for (const warning of loaded.warnings) console.error(`${warning}\n`);
  if (flags['print']) return console.out(stringify(maskedData(loaded.config)));
  console.out(`The configuration is valid (${loaded.file === null ? 'no file' : basename(loaded.file)}).\n`);
}

/** JSON Schema (2020-12) of the configuration file: what may be written, so defaults need not be. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
}
