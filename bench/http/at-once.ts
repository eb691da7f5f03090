import { spawnSync } from 'node:child_process';

/**
 * What makes the load generator run as soon as a reply is there (SCHED_FIFO of sched(7)), where this machine allows it. By
 * the ordinary policy it waits some milliseconds for its turn on a core it shares, and takes that for latency of the proxy.
 */
export function atOnce(): readonly string[] {
  allowed ??= isAllowed();
  return allowed ? ['chrt', ...firstInFirstOut] : [];
}

const firstInFirstOut = ['-f', '10'];
let allowed: boolean | null = null;

function isAllowed(): boolean {
  if (spawnSync('chrt', [...firstInFirstOut, 'true']).status === 0) return true;
  process.stderr.write(
    'The load generator may not come first on its core here (`chrt -f` is refused): what it waits for its turn counts as latency.\n',
  );
  return false;
}
