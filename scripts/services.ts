import { once } from 'node:events';
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { connect } from 'node:net';
import pg from 'pg';
import { aptInstall } from './apt.ts';

/** A real server of this run's own, in a directory that goes away with it. */
export interface Service {
  readonly url: string;
  readonly port: number;
  stop(): Promise<void>;
}

/** The PostgreSQL of this test run: a superuser's URL. Make a database of your own on it. */
export function postgresUrl(): string {
  return fromEnvironment('TEST_POSTGRES_URL', 'PostgreSQL');
}

/** The Redis of this test run. Use a key prefix of your own. */
export function redisUrl(): string {
  return fromEnvironment('TEST_REDIS_URL', 'Redis');
}

function fromEnvironment(name: string, server: string): string {
  const url = process.env[name];
  if (url) return url;
  throw new Error(
    `This test needs a real ${server} at ${name}. Run it with: node --import tsx scripts/test.ts <mocha arguments>`,
  );
}

/** Starts PostgreSQL with HypoPG on a free port; installs both from Debian when they are missing. */
export async function startPostgres(
  options: {
    readonly port?: number;
    readonly bin?: string;
    /** In a process group of its own, so that Ctrl+C in a terminal is left to whoever started it. */
    readonly hasOwnGroup?: boolean;
    /** By the names of `postgresql.conf`. */
    readonly settings?: Readonly<Record<string, string>>;
  } = {},
): Promise<Service> {
  const settings = { max_connections: '200', log_min_messages: 'fatal', ...options.settings };
  const bin = options.bin ?? ensurePostgres();
  const owner = unprivilegedUser();
  const directory = mkdtempSync(join(tmpdir(), 'outrider-postgres-'));
  chmodSync(directory, 0o711);
  const data = join(directory, 'data');
  const passwordFile = join(directory, 'password');
  writeFileSync(passwordFile, 'outrider', { mode: 0o644 });
  execFileSync('install', ['-d', '-m', '700', ...(owner ? ['-o', owner.name] : []), data]);
  execFileSync(
    join(bin, 'initdb'),
    [
      '-D',
      data,
      '-U',
      'outrider',
      `--pwfile=${passwordFile}`,
      '-A',
      'scram-sha-256',
      '-E',
      'UTF8',
      '--no-sync',
      '--locale=C.UTF-8',
    ],
    { stdio: 'pipe', cwd: directory, ...(owner && { uid: owner.uid, gid: owner.gid }) },
  );
  const port = options.port ?? (await freePort());
  const child = spawn(
    join(bin, 'postgres'),
    [
      '-D',
      data,
      '-p',
      String(port),
      '-h',
      '127.0.0.1',
      '-k',
      '',
      ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
    ],
    {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: options.hasOwnGroup ?? false,
      cwd: directory,
      ...(owner && { uid: owner.uid, gid: owner.gid }),
    },
  );
  const url = `postgresql://outrider:outrider@127.0.0.1:${port}/postgres`;
  // It accepts connections before it answers them.
  await started(child, 'PostgreSQL', () => answers(url));
  return {
    url,
    port,
    stop: () => stopped(child, 'SIGINT', directory),
  };
}

/** Starts Redis on a free port, keeping nothing on disk; installs it from Debian when it is missing. */
export async function startRedis(options: { readonly port?: number } = {}): Promise<Service> {
  if (!existsSync('/usr/bin/redis-server'))
    aptInstall(['redis-server'], 'Redis is needed by the store tests');
  const directory = mkdtempSync(join(tmpdir(), 'outrider-redis-'));
  const port = options.port ?? (await freePort());
  const child = spawn(
    '/usr/bin/redis-server',
    ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  await started(child, 'Redis', () => accepts(port));
  return { url: `redis://127.0.0.1:${port}/0`, port, stop: () => stopped(child, 'SIGTERM', directory) };
}

/** The directory of PostgreSQL's binaries, the newest version found; HypoPG is there for it. */
export function ensurePostgres(): string {
  const found = process.env['PG_BIN'] ?? newestPostgres();
  if (found === undefined) {
    aptInstall(['postgresql'], 'PostgreSQL is needed by the tap, store and advice tests');
    return ensurePostgres();
  }
  const major = /\/(\d+)\/bin$/.exec(found)?.[1];
  if (major !== undefined && !existsSync(`/usr/share/postgresql/${major}/extension/hypopg.control`)) {
    aptInstall([`postgresql-${major}-hypopg`], 'HypoPG is needed to verify index suggestions');
  }
  return found;
}

/** The newest PostgreSQL that Debian installed, if any: its directory of binaries. */
export function newestPostgres(): string | undefined {
  const root = '/usr/lib/postgresql';
  if (!existsSync(root)) return undefined;
  const majors = readdirSync(root).filter((each) => existsSync(join(root, each, 'bin', 'initdb')));
  const newest = majors.sort((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(root, newest, 'bin');
}

/** PostgreSQL refuses to run as root, so root lends it another user. */
function unprivilegedUser(): { readonly name: string; readonly uid: number; readonly gid: number } | null {
  if (process.getuid?.() !== 0) return null;
  const name = ['postgres', 'nobody'].find((each) => idOf('-u', each) !== undefined);
  if (name === undefined)
    throw new Error('PostgreSQL cannot run as root and there is no user `postgres` or `nobody`.');
  return { name, uid: idOf('-u', name) ?? 0, gid: idOf('-g', name) ?? 0 };
}

function idOf(flag: '-u' | '-g', user: string): number | undefined {
  try {
    return Number(execFileSync('id', [flag, user], { stdio: ['ignore', 'pipe', 'ignore'] }).toString());
  } catch {
    return undefined;
  }
}

const firstPort = 10_000;
const portCount = 22_000;
/** Two runs at once begin far from one another, most likely. */
let portsTried = Math.floor(Math.random() * portCount);

/**
 * The wanted port when it is free, else another below the ephemeral range, where another socket could take it before it is
 * bound. No port is handed out twice: whoever got it may not have bound it yet.
 */
export async function freePort(wanted?: number): Promise<number> {
  if (wanted !== undefined && (await canBind(wanted))) return wanted;
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = firstPort + (portsTried++ % portCount);
    if (await canBind(port)) return port;
  }
  throw new Error(`No free port was found between ${firstPort} and ${firstPort + portCount}.`);
}

async function canBind(port: number): Promise<boolean> {
  const server = createServer();
  const bound = new Promise<boolean>((resolve) => {
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
  return bound;
}

const startSeconds = 60;

async function started(child: ChildProcess, name: string, isReady: () => Promise<boolean>): Promise<void> {
  let said = '';
  child.stderr?.on('data', (chunk: Buffer) => (said = (said + chunk.toString()).slice(-2000)));
  const untilMs = Date.now() + startSeconds * 1000;
  while (!(await isReady())) {
    if (child.exitCode !== null || Date.now() > untilMs) throw new Error(`${name} did not start: ${said}`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function answers(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5000 });
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.once('connect', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });
}

async function stopped(child: ChildProcess, signal: NodeJS.Signals, directory: string): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) {
    const gone = once(child, 'exit');
    child.kill(signal);
    const late = setTimeout(() => child.kill('SIGKILL'), 10_000);
    await gone;
    clearTimeout(late);
  }
  rmSync(directory, { recursive: true, force: true });
}
