import { dirname } from 'node:path';
import type { Plugin } from '../shared/index.ts';
import { invalidConfig } from './config-errors.ts';
import { readConfigFile } from './config-file.ts';
import { configSchema, type Config } from './config-schema.ts';
import { nearest } from './config-nearest.ts';
import { fromEnvironment, fromFlags, settings, type Assignment } from './config-sources.ts';

export interface ConfigSources {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** By name without dashes, e.g. `{ upstream: 'http://127.0.0.1:3000', enforce: true }`. */
  readonly flags: Readonly<Record<string, string | true>>;
}

export interface LoadedConfig {
  readonly config: Config;
  /** The file it was read from; null when there was none. */
  readonly file: string | null;
  /** What paths of plugins are relative to. */
  readonly baseDir: string;
  readonly plugins: ReadonlyMap<string, Plugin>;
  /** Sentences for the operator: what was said and has no effect. */
  readonly warnings: readonly string[];
}

/**
 * Defaults < file < environment < flags, checked by one schema. Rejects with `config_unreadable`, or with
 * `config_invalid` whose issues say where each wrong value came from, what is wrong, and what to write.
 */
export async function loadConfig({ cwd, env, flags }: ConfigSources): Promise<LoadedConfig> {
  const named = typeof flags['config'] === 'string' ? flags['config'] : env['OUTRIDER_CONFIG'];
  const file = await readConfigFile(cwd, named === '' ? undefined : named);
  const { assignments, unknown } = fromEnvironment(env);
  const all = [...assignments, ...fromFlags(flags)];
  const values = all.reduce(assigned, file?.values ?? {});
  const parsed = configSchema.safeParse(values);
  if (!parsed.success) throw invalidConfig(parsed.error, all, file?.path ?? null);
  return {
    config: parsed.data,
    file: file?.path ?? null,
    baseDir: file ? dirname(file.path) : cwd,
    plugins: file?.plugins ?? new Map(),
    warnings: unknown.map(
      (name) => `${name} is not a setting of Outrider and has no effect${closest(name)}.`,
    ),
  };
}

type Values = Readonly<Record<string, unknown>>;

/** A copy with one value put at a dotted path. What is no object on the way is replaced. */
function assigned(values: Values, { path, value }: Pick<Assignment, 'path' | 'value'>): Values {
  const [name = '', ...rest] = path.split('.');
  if (rest.length === 0) return { ...values, [name]: value };
  const inner = values[name];
  const base = typeof inner === 'object' && inner !== null && !Array.isArray(inner) ? (inner as Values) : {};
  return { ...values, [name]: assigned(base, { path: rest.join('.'), value }) };
}

function closest(variable: string): string {
  const hint = nearest(
    variable,
    settings.map((each) => each.variable),
  );
  return hint === null ? '' : `; did you mean ${hint}`;
}
