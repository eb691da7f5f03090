import { OutriderError } from '../../shared/index.ts';
import { loadConfig } from '../config.ts';
import { builtIns } from '../defaults.ts';
import { createLogs, type Logs } from '../log.ts';
import { startSidecar, type Sidecar } from '../sidecar.ts';
import { version } from '../version.ts';
import { parsedArguments } from './arguments.ts';
import type { Console } from './console.ts';
import { runFlags } from './help.ts';

/** `outrider`: runs the sidecar until it is told to stop. */
export async function run(tokens: readonly string[], { cwd, env, out }: Console): Promise<void> {
  const { flags, words } = parsedArguments(tokens, runFlags);
  if (words.length > 0) throw new OutriderError('usage', `outrider takes no \`${words[0]}\`.`);
  const readConfig = () => loadConfig({ cwd, env, flags });
  const loaded = await readConfig();
  const logs = createLogs(loaded.config.log.level);
  // Heads and bodies are joined in small buffers: cut from 8 KiB, every third of them would ask for new memory.
  Buffer.poolSize = pooledBytes;
  const log = logs.of('host');
  for (const warning of loaded.warnings) log.warn(warning);
  const stopSignal = firstSignal(logs);
  surviveStrays(logs);
  const sidecar = await startSidecar({ loaded, readConfig, builtIns, workspace: cwd, logs });
  out(`${JSON.stringify(listeningLine(sidecar))}\n`);
  log.info('Listening.', { ...sidecar.addresses });
  const signal = await stopSignal;
  log.info('Stopping: draining what is in flight.', { signal, drainSeconds: loaded.config.drainSeconds });
  await sidecar.stop();
  log.info('Stopped.');
}

const pooledBytes = 128 * 1024;

/** The one line on stdout: every address, and where the gateway's token is. */
const listeningLine = ({ addresses, tokenFile, dataDir }: Sidecar) => ({
  listening: true,
  version,
  pid: process.pid,
  http: addresses.http,
  sql: addresses.sql,
  gateway: addresses.gateway,
  upstream: addresses.upstream,
  sqlUpstream: addresses.sqlUpstream,
  tokenFile,
  dataDir,
});

/** Resolves with the first SIGTERM or SIGINT; the second one exits at once. */
function firstSignal(logs: Logs): Promise<string> {
  return new Promise((resolve) => {
    let isStopping = false;
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        if (isStopping) {
          logs.error('Asked to stop a second time: exiting without draining.', { signal });
          process.exit(1);
        }
        isStopping = true;
        resolve(signal);
      });
    }
  });
}

/**
 * An error that nobody caught is most likely a plugin's, and the traffic of everybody else goes on: it is logged.
 * What is known to be broken has its guardrail; this is for what escaped them all.
 */
function surviveStrays(logs: Logs): void {
  const told = (message: string) => (error: unknown) =>
    logs.error(message, { reason: String(error), stack: error instanceof Error ? error.stack : undefined });
  process.on('unhandledRejection', told('A promise was rejected and nobody noticed.'));
  process.on('uncaughtException', told('An error was thrown and nobody caught it.'));
}
