import { spawn, execFileSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aptInstall } from '../../scripts/apt.ts';

/** One process under load, pinned to a core of its own so that contenders are alike. */
export interface Contender {
  readonly port: number;
  /** CPU time used so far, all threads, in seconds. */
  cpuSeconds(): number;
  stop(): Promise<void>;
}

/** The proxy under test has one core, whoever asks and answers shares the other. */
export const proxyCore = '0';
export const otherCore = '1';

/** Starts a command on a core and waits until its port takes connections. */
export async function start(
  command: readonly string[],
  port: number,
  core: string,
  cwd?: string,
): Promise<Contender> {
  const child = spawn('taskset', ['-c', core, ...command], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
  await listening(port, child);
  return {
    port,
    cpuSeconds: () => cpuSecondsOf(child.pid ?? 0),
    stop: () =>
      new Promise((resolve) => {
        child.once('exit', () => resolve());
        child.kill('SIGTERM');
        setTimeout(() => child.kill('SIGKILL'), 5000).unref();
      }),
  };
}

/** nginx as the backend (1 KB and an echo of nothing) and as the plain `proxy_pass` reference. */
export async function nginx(port: number, core: string, server: string, upstream = ''): Promise<Contender> {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-bench-nginx-'));
  const file = join(folder, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 4096; }
http { access_log off; keepalive_requests 1000000000; client_body_temp_path ${folder}/body;
proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/f; uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
${upstream} server { listen 127.0.0.1:${port}; ${server} } }`,
  );
  const running = await start(['nginx', '-c', file, '-p', folder], port, core);
  return {
    ...running,
    async stop() {
      await running.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Installs the load generator and the reference from Debian when they are absent. */
export function ensureTools(): void {
  const packageOf = { wrk: 'wrk', nginx: 'nginx-light' };
  const missing = Object.entries(packageOf).filter(([tool]) => !isInstalled(tool));
  if (missing.length === 0) return;
  aptInstall(
    missing.map(([, name]) => name),
    'The http benchmark needs a load generator and nginx',
  );
}

function isInstalled(tool: string): boolean {
  return ['/usr/bin', '/usr/sbin', '/usr/local/bin'].some((folder) => existsSync(join(folder, tool)));
}

/** What this process starts from now on runs on the other core unless it is pinned elsewhere. */
export function stayOffProxyCore(): void {
  execFileSync('taskset', ['-p', '-c', otherCore, String(process.pid)], { stdio: 'ignore' });
}

async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 600; tries += 1) {
    if (child.exitCode !== null) throw new Error(`The process for port ${port} ended at once.`);
    if (await accepts(port)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill('SIGKILL');
  throw new Error(`Nothing listens on port ${port} after 30 s.`);
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket.destroy() !== undefined));
    socket.once('error', () => resolve(false));
  });
}

/** Fields 14 and 15 of /proc/PID/stat, in ticks of 10 ms. */
function cpuSecondsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}
