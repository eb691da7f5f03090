import Module from 'node:module';

/** What to do with each part of node-postgres, and of Drizzle where it is required, as it is loaded. */
export interface DriverParts {
  client(exported: unknown): void;
  nativeClient(exported: unknown): void;
  pool(exported: unknown): void;
  queryPromise(exported: unknown): void;
}

/** `pg` is CommonJS in every version, so whoever imports it, ESM or not, loads these files through Node's own loader. */
const files: readonly (readonly [RegExp, keyof DriverParts])[] = [
  [/[\\/]pg[\\/]lib[\\/]client\.js$/, 'client'],
  [/[\\/]pg[\\/]lib[\\/]native[\\/]client\.js$/, 'nativeClient'],
  [/[\\/]pg-pool[\\/]index\.js$/, 'pool'],
  [/[\\/]drizzle-orm[\\/]query-promise\.cjs$/, 'queryPromise'],
];

interface Loaded {
  readonly exports: unknown;
}
type Load = (this: Loaded, file: string) => void;

/** Calls back with each copy of `pg` and `pg-pool` once it is loaded, also with those that were before. */
export function onDriverLoaded(parts: DriverParts): void {
  // Safe: every version of Node has both in these shapes. Tools that compile on the way (tsx) replace what `load` calls, not it.
  const { _cache: cache, prototype } = Module as unknown as {
    readonly _cache: Readonly<Record<string, Loaded | undefined>>;
    readonly prototype: { load: Load };
  };
  const seen = (file: string, module: Loaded): void => {
    const part = files.find(([pattern]) => pattern.test(file))?.[1];
    if (part === undefined) return;
    try {
      parts[part](module.exports);
    } catch {
      // A version of the driver that looks otherwise is left as it is.
    }
  };
  const { load } = prototype;
  prototype.load = function (file) {
    load.call(this, file);
    seen(file, this);
  };
  for (const [file, module] of Object.entries(cache)) if (module) seen(file, module);
}
