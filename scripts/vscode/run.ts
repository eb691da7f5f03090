import { spawn } from 'node:child_process';

/**
 * Runs a program to its end and resolves with its standard output. Rejects with a sentence that holds the end of what
 * it printed when it fails, cannot be started, or takes longer than `limitSeconds`.
 */
export function run(command: string, args: readonly string[], options: RunOptions): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: options.limitSeconds * 1000,
    });
    const [out, all]: [string[], string[]] = [[], []];
    child.stdout.on('data', (chunk: Buffer) => {
      out.push(chunk.toString());
      all.push(chunk.toString());
    });
    child.stderr.on('data', (chunk: Buffer) => all.push(chunk.toString()));
    child.once('error', (cause) =>
      reject(new Error(`${command} cannot be started: ${cause.message}`, { cause })),
    );
    child.once('close', (code, signal) => {
      if (code === 0) return resolve(out.join(''));
      const how =
        signal === null ? `ended with status ${code}` : `was stopped after ${options.limitSeconds} s`;
      reject(new Error(`${command} ${args.join(' ')} ${how}:\n${all.join('').slice(-2000)}`));
    });
  });
}

export interface RunOptions {
  readonly limitSeconds: number;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}
