import { z } from 'zod';
import type { SharedState, Store } from '../../shared/index.ts';
import { exclusion, fieldSetting, ruleMode } from './config.ts';

/** What people changed while it runs, over the configuration: the same for all sidecars on one store. */
export const settingsSchema = z.object({
  exclusions: z.array(exclusion).default([]),
  fields: z.array(fieldSetting).default([]),
  rules: z.record(z.string(), ruleMode).default({}),
  blocked: z.array(z.object({ address: z.string(), untilMs: z.number(), reason: z.string() })).default([]),
});
export type Settings = z.output<typeof settingsSchema>;

export interface SettingsKeeper {
  current(): Settings;
  /** Changes what is stored, again when another sidecar was faster, and tells the others. */
  change(change: (before: Settings) => Settings): Promise<Settings>;
  /** Reads what is stored. */
  load(): Promise<void>;
  /** False until what is stored was read once; until then the configuration alone counts. */
  readonly isLoaded: boolean;
  /** Reads again whenever another sidecar changed something; the result ends it. */
  follow(failed: (error: unknown) => void): () => void;
}

const key = 'settings';
const channel = 'injection-filter/settings';
/** Tries before a change that others keep overtaking is given up. */
const mostTries = 10;

export function settingsKeeper(store: Store, shared: SharedState): SettingsKeeper {
  let settings = settingsSchema.parse({});
  let isLoaded = false;
  const parse = (stored: unknown): Settings => settingsSchema.parse(stored ?? {});

  async function load(): Promise<void> {
    settings = parse(await store.get<unknown>(key));
    isLoaded = true;
  }

  async function change(make: (before: Settings) => Settings): Promise<Settings> {
    for (let tries = 0; tries < mostTries; tries += 1) {
      const stored = await store.get<unknown>(key);
      const after = make(parse(stored));
      if (!(await store.replace(key, stored, after))) continue;
      settings = after;
      await shared.publish(channel, '');
      return after;
    }
    throw new Error('The settings were changed by others ten times in a row.');
  }

  return {
    current: () => settings,
    change,
    load,
    get isLoaded() {
      return isLoaded;
    },
    follow(failed) {
      const again = (): void => void load().catch(failed);
      const ends = [shared.subscribe(channel, again), shared.onReconnected(again)];
      return () => ends.forEach((end) => end());
    },
  };
}

/** Entries of one list. */
export const mostSettings = 1000;

/** The list with an entry in front, which is in it once. */
export function added<Each>(before: readonly Each[], each: Each): Each[] {
  return [each, ...without(before, each)].slice(0, mostSettings);
}

export function without<Each>(before: readonly Each[], each: Each): Each[] {
  const same = JSON.stringify(each, Object.keys(each ?? {}).sort());
  return before.filter((other) => JSON.stringify(other, Object.keys(other ?? {}).sort()) !== same);
}
