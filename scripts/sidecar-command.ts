import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The command line's program, as `npx outrider` finds it. */
export const sidecarBinary = join(import.meta.dirname, '..', 'sidecar/bin/outrider.mjs');

/** Runs the sidecar as a shell would by the first line of its binary, with this very Node and the flags that stand there. */
export function sidecarCommand(...args: readonly string[]): readonly [program: string, ...args: string[]] {
  const [firstLine = ''] = readFileSync(sidecarBinary, 'utf8').split('\n', 1);
  const flags = firstLine.split(' ').filter((word) => word.startsWith('--'));
  return [process.execPath, ...flags, sidecarBinary, ...args];
}
