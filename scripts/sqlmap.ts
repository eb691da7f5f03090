import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptInstall } from './apt.ts';

const path = '/usr/bin/sqlmap';

/** Installs sqlmap, the attack tool that decides whether an endpoint is injectable, when it is missing. */
export function ensureSqlmap(): void {
  if (!existsSync(path)) aptInstall(['sqlmap'], 'sqlmap attacks the demo backend in the end-to-end tests');
}

export interface SqlmapRun {
  readonly output: string;
  /** What it could use, e.g. `UNION query`; empty when it found nothing. */
  readonly techniques: readonly string[];
  /** The database user it read, which proves that it was of use. */
  readonly currentUser: string | null;
}

/**
 * Attacks one parameter of a URL with boolean, error and UNION techniques, a few hundred requests, nothing destructive
 * (risk 1), at most `seconds`. `--level=3` has it try values inside LIKE patterns.
 */
export async function sqlmap(
  url: string,
  parameter: string,
  seconds: number,
  tampering: readonly string[] = [],
): Promise<SqlmapRun> {
  const directory = mkdtempSync(join(tmpdir(), 'outrider-sqlmap-'));
  try {
    const output = await run(
      [
        '-u',
        url,
        '-p',
        parameter,
        '--dbms=PostgreSQL',
        '--technique=BEU',
        '--level=3',
        '--risk=1',
        '--batch',
        '--flush-session',
        '--disable-coloring',
        '--current-user',
        '--timeout=10',
        '--retries=0',
        `--output-dir=${directory}`,
        ...(tampering.length > 0 ? [`--tamper=${tampering.join(',')}`] : []),
      ],
      seconds,
    );
    return {
      output,
      techniques: [...output.matchAll(/^ +Type: (.+)$/gm)].map(([, type]) => type ?? ''),
      currentUser: /^current user: '?([^'\n]+)/m.exec(output)?.[1] ?? null,
    };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** Resolves with what it said, also when it was stopped because the time was up. */
function run(args: readonly string[], seconds: number): Promise<string> {
  // With an input to read from it would wait for more URLs there.
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const take = (chunk: Buffer): void => void (output += chunk.toString());
  child.stdout.on('data', take);
  child.stderr.on('data', take);
  const late = setTimeout(() => child.kill('SIGKILL'), seconds * 1000);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', () => {
      clearTimeout(late);
      resolve(output);
    });
  });
}
