import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';
import { sidecarCommand } from '../../scripts/sidecar-command.ts';

/** The line a sidecar prints on stdout once every port listens. */
const listening = z.object({
  gateway: z.string(),
  http: z.string().nullable(),
  sql: z.string().nullable(),
  tokenFile: z.string(),
});
export type Listening = z.output<typeof listening>;

export interface SidecarProcess extends Listening {
  readonly pid: number;
  /** Structured log lines so far, the last 200. */
  readonly log: readonly string[];
  /** SIGTERM, and the exit code; SIGKILL when it takes longer than 30 s. */
  stop(): Promise<number | null>;
}

/** A laptop takes two; a machine that is busy with other things has been seen to take more than sixty. */
const startSeconds = 180;
const stopSeconds = 30;

/** Runs the sidecar as a user would: as a process of its own, with a configuration file. */
export async function startSidecar(options: {
  readonly config: object;
  /** Where `.outrider/sidecar.json` appears, so that an editor opened there finds it. */
  readonly workspace: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly startSeconds?: number;
  /** In a process group of its own, so that Ctrl+C in a terminal is left to whoever started it. */
  readonly hasOwnGroup?: boolean;
}): Promise<SidecarProcess> {
  const limitSeconds = options.startSeconds ?? startSeconds;
  const folder = join(options.workspace, '.outrider');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'demo.json');
  writeFileSync(file, JSON.stringify(options.config, null, 2));
  const [program, ...args] = sidecarCommand('--config', file);
  const child = spawn(program, args, {
    cwd: options.workspace,
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: options.hasOwnGroup ?? false,
    env: { ...process.env, ...options.environment },
  });
  const log: string[] = [];
  createInterface({ input: child.stderr }).on('line', (line) => {
    log.push(line);
    if (log.length > 200) log.shift();
  });
  const first = new AbortController();
  const timer = setTimeout(() => first.abort(), limitSeconds * 1000);
  const gone = once(child, 'exit', { signal: first.signal }).then(() => {
    throw new Error(`The sidecar stopped before it listened:\n${log.join('\n')}`);
  });
  const line = once(createInterface({ input: child.stdout }), 'line', { signal: first.signal });
  try {
    const [text] = (await Promise.race([line, gone])) as [string];
    return { ...listening.parse(JSON.parse(text)), pid: child.pid ?? 0, log, stop };
  } catch (error) {
    child.kill('SIGKILL');
    if (!first.signal.aborted) throw error;
    throw new Error(
      `The sidecar did not listen within ${limitSeconds} s; the machine may be too busy. It said:\n${log.join('\n')}`,
    );
  } finally {
    clearTimeout(timer);
    first.abort();
    line.catch(() => undefined);
    gone.catch(() => undefined);
  }

  async function stop(): Promise<number | null> {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const exited = once(child, 'exit');
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), stopSeconds * 1000);
    await exited;
    clearTimeout(late);
    return child.exitCode;
  }
}
