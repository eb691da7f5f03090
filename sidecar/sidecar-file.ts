import { randomBytes } from 'node:crypto';
import { chmod, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OutriderError, sidecarFile, type SidecarFile } from '../shared/index.ts';

/** What a running sidecar leaves for editors and the command line to find it by. */
export interface Announcement {
  readonly tokenFile: string;
  remove(): Promise<void>;
}

const folderName = '.outrider';
const fileName = 'sidecar.json';
const tokenName = 'token';

/** Makes the data directory, readable by its owner alone. Rejects with `config_invalid` when it cannot be written. */
export async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    await chmod(dataDir, 0o700);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new OutriderError('config_invalid', `dataDir: ${dataDir} cannot be made or written: ${reason}.`, {
      cause: error,
    });
  }
}

/** The configured token; else the one kept in the data directory, made at the first start, so editors stay let in. */
export async function tokenFor(dataDir: string, configured: string | undefined): Promise<string> {
  const path = join(dataDir, tokenName);
  const kept = (await readFile(path, 'utf8').catch(() => '')).trim();
  const token = configured ?? (kept.length >= 32 ? kept : randomBytes(32).toString('base64url'));
  await writePrivate(path, `${token}\n`);
  return token;
}

/**
 * Writes `sidecar.json` into the workspace's `.outrider` and into the data directory. `remove` takes back only what is
 * still this process's own.
 */
export async function announce(
  workspace: string,
  dataDir: string,
  gateway: string,
  warn: (message: string, fields: object) => void,
): Promise<Announcement> {
  const tokenFile = join(dataDir, tokenName);
  const content: SidecarFile = {
    gateway,
    tokenFile,
    pid: process.pid,
    startedAt: new Date().toISOString(),
  };
  const paths = new Set([join(dataDir, fileName), join(workspace, folderName, fileName)]);
  for (const path of paths) {
    await announceAt(path, content).catch((error: unknown) => {
      // A read-only workspace is no reason not to run: the gateway can be given by hand.
      warn('Editors will not find this sidecar by themselves.', { path, reason: String(error) });
    });
  }
  return {
    tokenFile,
    async remove() {
      for (const path of paths) if (await isOurs(path)) await rm(path, { force: true });
    },
  };
}

async function announceAt(path: string, content: SidecarFile): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true, mode: 0o700 });
  await writePrivate(path, `${JSON.stringify(content, null, 2)}\n`);
}

/** `mode` only counts for a new file: one that is there is narrowed first. */
async function writePrivate(path: string, text: string): Promise<void> {
  await chmod(path, 0o600).catch(() => undefined);
  await writeFile(path, text, { mode: 0o600 });
}

async function isOurs(path: string): Promise<boolean> {
  const text = await readFile(path, 'utf8').catch(() => null);
  if (text === null) return false;
  try {
    return sidecarFile.parse(JSON.parse(text)).pid === process.pid;
  } catch {
    // Somebody else's file: left as it is.
    return false;
  }
}
