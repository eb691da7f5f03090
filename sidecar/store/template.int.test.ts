import assert from 'node:assert/strict';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { silentLog, testDirectory } from './contract-databases.ts';
import { cacheDirectory, ensureDatabase } from './template.ts';

describe('template of the embedded database', () => {
  let root: ReturnType<typeof testDirectory>;
  let created: string[];
  beforeEach(() => {
    root = testDirectory();
    created = [];
  });
  afterEach(() => root.remove());

  const ensure = (name: string, cache = join(root.path, 'cache')): Promise<void> =>
    ensureDatabase({
      directory: join(root.path, name),
      cache,
      version: '1',
      log: silentLog,
      async create(directory) {
        created.push(directory);
        mkdirSync(directory, { recursive: true });
        writeFileSync(join(directory, 'PG_VERSION'), '18');
      },
    });
  const version = (name: string): string => readFileSync(join(root.path, name, 'PG_VERSION'), 'utf8');

  it('is made once and copied from then on', async () => {
    await ensure('a');
    await ensure('b');
    assert.equal(version('a') + version('b'), '1818');
    assert.equal(created.length, 1);
    assert.deepEqual(readdirSync(join(root.path, 'cache')), ['embedded-postgresql-1']);
  });

  it('leaves a database that is there alone', async () => {
    await ensure('a');
    writeFileSync(join(root.path, 'a', 'PG_VERSION'), 'mine');
    await ensure('a');
    assert.equal(version('a'), 'mine');
  });

  it('begins anew where a crash left half a copy', async () => {
    mkdirSync(join(root.path, 'a.partial'));
    writeFileSync(join(root.path, 'a.partial', 'garbage'), '');
    await ensure('a');
    assert.deepEqual(readdirSync(join(root.path, 'a')), ['PG_VERSION']);
  });

  it('does without a cache that cannot be written', async () => {
    writeFileSync(join(root.path, 'file'), '');
    await ensure('a', join(root.path, 'file', 'cache'));
    assert.equal(version('a'), '18');
  });

  it('is looked for where the environment says', () => {
    assert.equal(cacheDirectory({ OUTRIDER_CACHE_DIR: '/x', XDG_CACHE_HOME: '/y' }), '/x');
    assert.equal(cacheDirectory({ XDG_CACHE_HOME: '/y' }), '/y/outrider');
  });
});
