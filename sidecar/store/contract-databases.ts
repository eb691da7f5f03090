import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { postgresUrl } from '../../scripts/services.ts';
import type { Log } from '../../shared/index.ts';

/** A log for tests that nobody reads. */
export const silentLog: Log = { info: () => undefined, warn: () => undefined };

export interface TestDatabase {
  readonly url: string;
  readonly log: Log;
  query(text: string): Promise<readonly Record<string, unknown>[]>;
  drop(): Promise<void>;
}

/** An empty database of the test's own on the run's PostgreSQL. */
export async function testDatabase(): Promise<TestDatabase> {
  const name = `outrider_test_${randomBytes(6).toString('hex')}`;
  const server = new URL(postgresUrl());
  await run(server.href, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    log: silentLog,
    query: (text) => run(url.href, text),
    drop: async () => void (await run(server.href, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`)),
  };
}

/** An empty directory, and what removes it. */
export function testDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), 'outrider-store-'));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

async function run(url: string, text: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query(text)).rows;
  } finally {
    await client.end();
  }
}
