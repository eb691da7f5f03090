import { randomUUID } from 'node:crypto';
import {
  mkdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  statSync,
  unlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { OutriderError } from '../../shared/index.ts';

export interface DirectoryLock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process started, as the system tells it: a pid may have been given to another since. */
  readonly started: string;
  readonly token: string;
}

/** A holder on another host (or in another container) cannot be asked whether it lives: it shows that it does. */
const heartbeatMs = 2_000;
const silentMs = 8_000;

/**
 * Takes a directory for this process: two that write the same files lose each other's rows without a word.
 * A lock whose process is gone is taken over; one of another host after 8 s of silence. Rejects with
 * `directory_locked`.
 */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  mkdirSync(directory, { recursive: true });
  const path = join(directory, 'lock');
  const own: Holder = {
    pid: process.pid,
    host: hostname(),
    started: startOf(process.pid),
    token: randomUUID(),
  };
  const untilMs = Date.now() + silentMs + heartbeatMs;
  while (!take(path, own)) {
    const holder = holderOf(path);
    const mayFallSilent = holder !== null && holder.host !== own.host && Date.now() < untilMs;
    if (holder !== null && !mayFallSilent) throw locked(directory, holder);
    await wait(200);
  }
  const heartbeat = setInterval(() => touch(path), heartbeatMs);
  heartbeat.unref();
  return {
    release() {
      clearInterval(heartbeat);
      if (holderOf(path)?.token === own.token) unlinkSync(path);
    },
  };
}

function take(path: string, own: Holder): boolean {
  try {
    writeFileSync(path, JSON.stringify(own), { flag: 'wx' });
    return true;
  } catch (error) {
    if (!isCode(error, 'EEXIST')) throw error;
    return takeOver(path, own);
  }
}

/** One at a time, or two would each take the lock from the dead and the second from the first. */
function takeOver(path: string, own: Holder): boolean {
  const turn = `${path}.turn`;
  if (ageMs(turn) > silentMs) rmdirSync(turn);
  try {
    mkdirSync(turn);
  } catch (error) {
    if (isCode(error, 'EEXIST')) return false;
    throw error;
  }
  try {
    const holder = holderOf(path);
    if (holder !== null && isAlive(path, holder, own)) return false;
    writeFileSync(`${path}.next`, JSON.stringify(own));
    renameSync(`${path}.next`, path);
    return true;
  } finally {
    rmdirSync(turn);
  }
}

function isAlive(path: string, holder: Holder, own: Holder): boolean {
  if (holder.host !== own.host) return ageMs(path) <= silentMs;
  return startOf(holder.pid) === holder.started && holder.started !== '';
}

/** The holder on file; null when there is none or its file was torn by a crash. */
function holderOf(path: string): Holder | null {
  try {
    const read: unknown = JSON.parse(readFileSync(path, 'utf8'));
    // Safe: only this module writes the file, and every field is only compared.
    return typeof read === 'object' && read !== null && 'token' in read ? (read as Holder) : null;
  } catch (error) {
    if (error instanceof SyntaxError || isCode(error, 'ENOENT')) return null;
    throw error;
  }
}

/** Empty when there is no such process. Linux tells its start in field 22 of proc(5)'s stat; elsewhere being there must do. */
function startOf(pid: number): string {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (isCode(error, 'ESRCH')) return '';
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return `${bootId()}/${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? ''}`;
  } catch {
    return 'unknown';
  }
}

function bootId(): string {
  return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
}

function ageMs(path: string): number {
  try {
    return Date.now() - statSync(path).mtimeMs;
  } catch {
    return -1;
  }
}

function touch(path: string): void {
  const now = new Date();
  try {
    utimesSync(path, now, now);
  } catch {
    // The directory was removed under us; nobody else can take what is not there.
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code;
}

function locked(directory: string, { pid, host }: Holder): OutriderError {
  return new OutriderError('directory_locked', `${directory} is held by process ${pid} on ${host}.`);
}
