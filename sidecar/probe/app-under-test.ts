import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

/** A folder with a package.json and the packages of this repository, as a project of a user's is. */
export interface Project {
  readonly folder: string;
  write(file: string, text: string): void;
  /** Runs `node --import PROBE file` to its end and resolves with what it printed; rejects when it failed. */
  run(file: string, options?: RunOptions): Promise<string>;
  remove(): void;
}

interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  /** Further arguments of Node, before the file. */
  readonly flags?: readonly string[];
}

const limitMs = 60_000;

export function projectWith(probe: string): Project {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-probe-'));
  const write = (file: string, text: string): void => writeFileSync(join(folder, file), text);
  write('package.json', '{"name":"a-backend"}');
  symlinkSync(resolve(import.meta.dirname, '../../node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    write,
    remove: () => rmSync(folder, { recursive: true, force: true }),
    run: (file, { env = {}, flags = [] } = {}) =>
      new Promise((done, failed) => {
        const child = spawn(process.execPath, ['--import', probe, ...flags, file], {
          cwd: folder,
          env: { ...process.env, NODE_OPTIONS: '', OUTRIDER_PROBE: '', ...env },
          timeout: limitMs,
        });
        const [out, error]: [string[], string[]] = [[], []];
        child.stdout.on('data', (chunk: Buffer) => out.push(chunk.toString()));
        child.stderr.on('data', (chunk: Buffer) => error.push(chunk.toString()));
        child.once('error', failed);
        child.once('close', (code) =>
          code === 0
            ? done(out.join(''))
            : failed(new Error(`${file} ended with ${code}: ${error.join('')}`)),
        );
      }),
  };
}

/** The number of the line that holds a text. */
export function lineOf(source: string, text: string): number {
  const at = source.split('\n').findIndex((line) => line.includes(text));
  if (at < 0) throw new Error(`No line holds ${text}.`);
  return at + 1;
}
