import { cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { readFileSync } from 'node:fs';
import { PGlite } from '@electric-sql/pglite';

/** Where a database that was initialised once is kept for the next: `OUTRIDER_CACHE_DIR`, else the user's cache directory. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const { OUTRIDER_CACHE_DIR: own, XDG_CACHE_HOME: cache } = environment;
  return own ?? join(cache ?? join(homedir(), '.cache'), 'outrider');
}

/**
 * Copies an empty database to `directory`, making the template first when there is none. Its default collation is
 * C, or one that is not, as the server's: under another a plain B-tree does not serve `LIKE 'x%'`.
 */
export async function copyTemplate(directory: string, cache: string, isCCollation: boolean): Promise<void> {
  const template = join(cache, `what-if-${packageVersion()}-${isCCollation ? 'c' : 'linguistic'}`);
  if (!(await exists(template))) await makeTemplate(template, cache, isCCollation);
  await cp(template, directory, { recursive: true });
}

async function makeTemplate(template: string, cache: string, isCCollation: boolean): Promise<void> {
  await mkdir(cache, { recursive: true });
  const partial = `${template}.${process.pid}.${Date.now()}.partial`;
  const embedded = join(cache, `embedded-postgresql-${packageVersion()}`);
  // The event store's template is the same thing: initialising takes up to 20 s and 800 MB.
  if (await exists(embedded)) await cp(embedded, partial, { recursive: true });
  const database = await PGlite.create(partial);
  // Takes effect for whoever opens it next; nothing indexed holds text of a user yet.
  if (!isCCollation) await database.exec(`UPDATE pg_database SET datcollate = 'en_US.UTF-8'`);
  await database.close();
  try {
    await rename(partial, template);
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    // Another process may have been faster; its template is as good.
    if (!(await exists(template))) throw error;
  }
}

function packageVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const description: unknown = JSON.parse(readFileSync(join(entry, '..', '..', 'package.json'), 'utf8'));
  return typeof description === 'object' && description !== null && 'version' in description
    ? String(description.version)
    : 'unknown';
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
