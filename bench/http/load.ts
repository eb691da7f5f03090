import { spawn } from 'node:child_process';
import { atOnce } from './at-once.ts';
import { otherCore, type Contender } from './contenders.ts';

/** What one round of load came to. */
export interface Figures {
  readonly requestsPerSecond: number;
  readonly p99Ms: number;
  readonly cpuMicroseconds: number;
}

export interface Load {
  readonly seconds: number;
  readonly connections: number;
  readonly path: string;
  /** A Lua file for wrk that sets method, body and fields. */
  readonly script: string;
}

/** Puts load on a contender with wrk. Rejects when a reply was anything but a success. */
export async function underLoad(contender: Contender, load: Load): Promise<Figures> {
  const before = contender.cpuSeconds();
  const printed = await wrk(contender.port, load);
  const cpuSeconds = contender.cpuSeconds() - before;
  if (/Non-2xx|Socket errors/.test(printed)) throw new Error(`Not every reply was a success:\n${printed}`);
  const requests = Number(/(\d+) requests in/.exec(printed)?.[1]);
  const [, p99 = '', unit = ''] = /99%\s+([\d.]+)(us|ms|s)/.exec(printed) ?? [];
  return {
    requestsPerSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(printed)?.[1]),
    p99Ms: Number(p99) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? Number.NaN),
    cpuMicroseconds: (cpuSeconds * 1e6) / requests,
  };
}

function wrk(port: number, load: Load): Promise<string> {
  const { seconds, connections, path, script } = load;
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script];
  const command = ['-c', otherCore, ...atOnce(), 'wrk', ...options, `http://127.0.0.1:${port}${path}`];
  const child = spawn('taskset', command);
  let printed = '';
  child.stdout.on('data', (piece) => (printed += String(piece)));
  child.stderr.on('data', (piece) => (printed += String(piece)));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(printed) : reject(new Error(`wrk ended with ${code}: ${printed}`)),
    );
  });
}
