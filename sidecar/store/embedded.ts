import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { OutriderError, type Log } from '../../shared/index.ts';
import { lockDirectory, type DirectoryLock } from './directory-lock.ts';
import { startThread, type EmbeddedThread } from './embedded-thread.ts';
import { SqlFailure, type Sql } from './sql.ts';
import { sqlStore, unavailable } from './sql-store.ts';
import type { EventStore } from './store.ts';
import { cacheDirectory, ensureDatabase } from './template.ts';

export interface EmbeddedOptions {
  /** The sidecar's data directory; the database lies in `store/` below it. */
  readonly dataDir: string;
  readonly log: Log;
  readonly now: () => Date;
  readonly newId: () => string;
  /** Where the template is kept; the user's cache directory when left out. */
  readonly cache?: string;
}

/**
 * The event store in an embedded PostgreSQL (PGlite) over a data directory, one process at a time. What was
 * acknowledged survives the death of the process; it does not call fsync, so the death of the machine may cost
 * the last moments, which a PostgreSQL server would have kept.
 */
export function embeddedStore({
  dataDir,
  log,
  now,
  newId,
  cache = cacheDirectory(),
}: EmbeddedOptions): EventStore {
  let lock: DirectoryLock | null = null;
  let thread: EmbeddedThread | null = null;
  let opening: Promise<void> | null = null;

  const sql: Sql = {
    query: async (...call) => running(thread).query(...call),
    script: async (text) => running(thread).script(text),
  };
  const common = sqlStore(sql, { notifier: newId(), now, hasCostlyRows: true });

  async function start(): Promise<void> {
    lock ??= await lockDirectory(join(dataDir, 'store'));
    try {
      if (!thread || thread.isGone) {
        const directory = join(dataDir, 'store', 'data');
        await ensureDatabase({ directory, cache, version: packageVersion(), log, create: initialise });
        thread = await startThread(directory);
      }
      await common.open();
    } catch (error) {
      await stop();
      throw unavailable(error);
    }
  }

  async function stop(): Promise<void> {
    const [openThread, openLock] = [thread, lock];
    thread = null;
    lock = null;
    try {
      if (openThread && !openThread.isGone) await openThread.close();
    } finally {
      openLock?.release();
    }
  }

  return {
    ...common,
    kind: 'embedded',
    async retain(days, moment) {
      const dropped = await common.retain(days, moment);
      // A server's autovacuum does this by itself; here nobody else would.
      for (const table of changingTables) await sql.query(`VACUUM ANALYZE outrider.${table}`);
      return dropped;
    },
    open() {
      opening ??= start().finally(() => (opening = null));
      return opening;
    },
    // One process holds the directory, so nobody else appends: what this one appends, it knows.
    onAppended: () => () => undefined,
    async close() {
      await opening?.catch(() => undefined);
      await stop();
    },
  };
}

/** Events are only added and dropped by the day; these are written over. */
const changingTables = ['head', 'streams', 'writers', 'snapshots', 'plugin_values'] as const;

/** Initialising takes 800 MB, which end with its thread. */
async function initialise(directory: string): Promise<void> {
  const thread = await startThread(directory);
  await thread.close();
}

function running(thread: EmbeddedThread | null): EmbeddedThread {
  if (thread) return thread;
  throw new SqlFailure('The embedded PostgreSQL is not open.');
}

function packageVersion(): string {
  const entry = createRequire(import.meta.url).resolve('@electric-sql/pglite');
  const description: unknown = JSON.parse(readFileSync(join(entry, '..', '..', 'package.json'), 'utf8'));
  if (typeof description === 'object' && description !== null && 'version' in description)
    return String(description.version);
  throw new OutriderError('internal', 'The embedded PostgreSQL has no version.');
}
