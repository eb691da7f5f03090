import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, utimesSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { testDirectory } from './contract-databases.ts';
import { isCode } from './contract-events.ts';
import { lockDirectory, type DirectoryLock } from './directory-lock.ts';

describe('directory lock', () => {
  let directory: ReturnType<typeof testDirectory>;
  const held: DirectoryLock[] = [];
  beforeEach(() => void (directory = testDirectory()));
  afterEach(() => {
    held.splice(0).forEach((lock) => lock.release());
    directory.remove();
  });
  const lock = async (): Promise<DirectoryLock> => {
    const taken = await lockDirectory(directory.path);
    held.push(taken);
    return taken;
  };
  const path = (): string => join(directory.path, 'lock');

  it('is had once, and again after it was released', async () => {
    const first = await lock();
    await assert.rejects(
      lock(),
      (error) => isCode(error, 'directory_locked') && error.message.includes(`process ${process.pid}`),
    );
    first.release();
    await lock();
  });

  it('goes to exactly one of many who want it at once', async () => {
    const results = await Promise.allSettled(Array.from({ length: 10 }, lock));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('is taken over from a process that was killed, by exactly one of many', async () => {
    await leftByAKilledProcess(path());
    const results = await Promise.allSettled(Array.from({ length: 10 }, lock));
    assert.equal(results.filter(({ status }) => status === 'fulfilled').length, 1);
    assert.equal(JSON.parse(readFileSync(path(), 'utf8')).pid, process.pid);
  });

  it('is not believed when its pid was given to another process since', async () => {
    writeFileSync(
      path(),
      JSON.stringify({ pid: process.pid, host: hostname(), started: 'another boot/1', token: 't' }),
    );
    await lock();
  });

  it('is taken over when its file was torn by a crash', async () => {
    writeFileSync(path(), '{"pid":');
    await lock();
  });

  it('of another host holds while that shows that it lives, and falls to us when it is silent', async () => {
    const other = { pid: 1, host: 'another-container', started: 'x/1', token: 't' };
    writeFileSync(path(), JSON.stringify(other));
    const old = new Date(Date.now() - 60_000);
    utimesSync(path(), old, old);
    await lock();
  });

  it('does not release what another has taken over', async () => {
    const first = await lock();
    const other = JSON.stringify({ pid: 1, host: 'another-container', started: 'x/1', token: 't' });
    writeFileSync(path(), other);
    first.release();
    assert.equal(readFileSync(path(), 'utf8'), other);
  });
});

async function leftByAKilledProcess(path: string): Promise<void> {
  const child = spawn('sleep', ['60']);
  const exited = once(child, 'exit');
  child.kill('SIGKILL');
  await exited;
  writeFileSync(path, JSON.stringify({ pid: child.pid, host: hostname(), started: 'gone', token: 't' }));
}
