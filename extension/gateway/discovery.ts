import { readFile } from 'node:fs/promises';
import { dirname, isAbsolute, join } from 'node:path';
import { sidecarFile } from '../../shared/protocol.ts';

/** Where a sidecar can be reached. */
export interface Found {
  readonly gateway: string;
  readonly token: string;
}

/** Below a workspace folder; written by a sidecar that was started there. */
export const sidecarFileName = '.outrider/sidecar.json';

/**
 * The sidecar that runs for a folder, by the file it wrote; null when there is none. A file that cannot be read or
 * understood counts as none: it may be half written, and is looked at again. The process id in it is not asked: a
 * sidecar in a container has another.
 */
export async function findSidecar(folder: string): Promise<Found | null> {
  try {
    const path = join(folder, sidecarFileName);
    const file = sidecarFile.parse(JSON.parse(await readFile(path, 'utf8')));
    const tokenFile = isAbsolute(file.tokenFile) ? file.tokenFile : join(dirname(path), file.tokenFile);
    const token = (await readFile(tokenFile, 'utf8')).trim();
    return token === '' ? null : { gateway: file.gateway, token };
  } catch {
    return null;
  }
}

/** `localhost:7070` → `http://localhost:7070`; null for what is no address of a gateway. */
export function gatewayAddress(text: string): string | null {
  const whole = /^https?:\/\//.test(text.trim()) ? text.trim() : `http://${text.trim()}`;
  if (!URL.canParse(whole)) return null;
  const { protocol, host } = new URL(whole);
  return host === '' ? null : `${protocol}//${host}`;
}
