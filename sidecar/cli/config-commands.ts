import { writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { stringify } from 'yaml';
import { z } from 'zod';
import { OutriderError } from '../../shared/index.ts';
import { configSchema } from '../config-schema.ts';
import { loadConfig, type LoadedConfig } from '../config.ts';
import { foundConfig } from '../config-file.ts';
import { configuredPlugins } from '../plugins/configured.ts';
import { maskedData } from '../plugins/masking.ts';
import { setupOrder } from '../plugins/order.ts';
import { parsedOptions } from '../plugins/set-up.ts';
import { version } from '../version.ts';
import { parsedArguments } from './arguments.ts';
import type { Console } from './console.ts';
import { runFlags } from './help.ts';
import { initTemplate } from './init-template.ts';

const initName = 'outrider.config.yaml';

/** `outrider init`: writes an enforcing, commented configuration, never over one that is there. */
export async function init(tokens: readonly string[], { cwd, out }: Console): Promise<void> {
  const { words } = parsedArguments(tokens, { values: [], switches: [] });
  if (words.length > 0) throw new OutriderError('usage', 'outrider init takes nothing more.');
  const there = await foundConfig(cwd);
  if (there !== null) throw new OutriderError('config_exists', there);
  await writeFile(join(cwd, initName), initTemplate, { flag: 'wx' }).catch((error: Error) => {
    throw new OutriderError('usage', `${initName} cannot be written: ${error.message}`, { cause: error });
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
  await checkPlugins(loaded);
  if (flags['print']) return console.out(stringify(maskedData(loaded.config)));
  console.out(`The configuration is valid (${loaded.file === null ? 'no file' : basename(loaded.file)}).\n`);
}

/** Finds and imports each plugin and checks its options, as a start would; none is set up. */
async function checkPlugins(loaded: LoadedConfig): Promise<void> {
  // Loaded only here: every built-in with all it needs.
  const { builtIns } = await import('../defaults.ts');
  const found = await configuredPlugins(loaded, async () => loaded, builtIns, version).loadAll();
  for (const each of setupOrder(found)) parsedOptions(each);
}

/** JSON Schema (2020-12) of the configuration file: what may be written, so defaults need not be. */
export function configJsonSchema(): Readonly<Record<string, unknown>> {
  return z.toJSONSchema(configSchema, { io: 'input', unrepresentable: 'any' });
}
