import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sidecarBinary, sidecarCommand } from '../../scripts/sidecar-command.ts';
import { proxyCore, start, type Contender } from './contenders.ts';

export interface BenchSidecar {
  /** Entries of the configuration's `plugins`. */
  readonly plugins: readonly object[];
  /** What `keys create` is given; null when there is no api-keys to ask. */
  readonly keyInput: object | null;
}

const enforcingBoth: BenchSidecar = {
  plugins: ['api-keys', 'injection-filter'].map((plugin) => ({ plugin, mode: 'enforce' })),
  keyInput: { label: 'bench' },
};

/**
 * The whole sidecar, started as a user would: every built-in plugin, api-keys and injection-filter enforcing, events
 * recorded to a PostgreSQL. Answers with an API key as well. Other plugins may be given.
 */
export async function startSidecar(
  port: number,
  gatewayPort: number,
  upstream: string,
  databaseUrl: string,
  { plugins, keyInput }: BenchSidecar = enforcingBoth,
): Promise<{ readonly contender: Contender; readonly key: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'outrider-bench-sidecar-'));
  const file = join(folder, 'outrider.config.json');
  const config = {
    mode: 'enforce',
    dataDir: join(folder, 'data'),
    http: { upstream, listen: `127.0.0.1:${port}` },
    gateway: { listen: `127.0.0.1:${gatewayPort}` },
    record: { databaseUrl },
    plugins,
    log: { level: 'warn' },
  };
  writeFileSync(file, JSON.stringify(config));
  const contender = await start([...sidecarCommand('--config', file)], port, proxyCore, folder);
  const stop = async (): Promise<void> => {
    await contender.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  if (keyInput === null) return { contender: { ...contender, stop }, key: '' };
  const printed = execFileSync(
    process.execPath,
    [sidecarBinary, 'keys', 'create', '--input', JSON.stringify(keyInput)],
    {
      cwd: folder,
      encoding: 'utf8',
    },
  );
  const key = /: (\S+_\S+)/.exec(printed)?.[1];
  if (key === undefined) {
    await stop();
    throw new Error(`No key in what \`outrider keys create\` printed: ${printed}`);
  }
  return { contender: { ...contender, stop }, key };
}
