import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';

/**
 * The module of Drizzle that its queries come from, as `import` will give it to the application; null where none of the
 * folders sees a Drizzle. ES modules cannot be looked at while they load, so it is loaded first: it is small and imports one other.
 */
export async function importedQueryPromise(folders: readonly string[]): Promise<unknown> {
  for (const folder of folders) {
    try {
      const entry = createRequire(join(folder, 'any.js')).resolve('drizzle-orm');
      const file = join(dirname(entry), 'query-promise.js');
      if (existsSync(file)) return await import(pathToFileURL(file).href);
    } catch {
      // Nothing of that name there.
    }
  }
  return null;
}
