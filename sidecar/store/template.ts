import { cp, mkdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Log } from '../../shared/index.ts';

/** Where a database that was initialised once is kept for the next: `OUTRIDER_CACHE_DIR`, else the user's cache directory. */
export function cacheDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const { OUTRIDER_CACHE_DIR: own, XDG_CACHE_HOME: cache } = environment;
  return own ?? join(cache ?? join(homedir(), '.cache'), 'outrider');
}

export interface TemplateOptions {
  readonly directory: string;
  readonly cache: string;
  /** Of the embedded PostgreSQL: another one needs another template. */
  readonly version: string;
  readonly log: Log;
  /** Initialises a database in an empty directory: 3 to 18 s and 800 MB of memory. */
  create(directory: string): Promise<void>;
}

/**
 * Makes the database's directory when there is none: a copy of the cached template, which is made first when it is
 * missing. Directories appear whole, by rename, so a crash leaves no half of one.
 */
export async function ensureDatabase(options: TemplateOptions): Promise<void> {
  const { directory, cache, version, log } = options;
  if (await exists(directory)) return;
  const template = join(cache, `embedded-postgresql-${version}`);
  const partial = `${directory}.partial`;
  await rm(partial, { recursive: true, force: true });
  if (await hasTemplate(template, options)) {
    log.info('Creating the embedded database from the template', { directory, template });
    await cp(template, partial, { recursive: true });
  } else {
    await options.create(partial);
  }
  await rename(partial, directory);
}

/** False when the cache cannot be written: then the database is initialised in place, each time. */
async function hasTemplate(template: string, { cache, log, create }: TemplateOptions): Promise<boolean> {
  if (await exists(template)) return true;
  const partial = `${template}.${process.pid}.partial`;
  log.info('Initialising an embedded PostgreSQL; this happens once and takes 3 to 20 s', { template });
  try {
    await mkdir(cache, { recursive: true });
    await create(partial);
    await rename(partial, template);
    return true;
  } catch (error) {
    // What could not be made need not be removable either.
    await rm(partial, { recursive: true, force: true }).catch(() => undefined);
    // Another process may have been faster; its template is as good.
    if (await exists(template)) return true;
    log.warn('No template of the embedded database could be kept', { template, reason: String(error) });
    return false;
  }
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
