import type { Log, SharedState } from '../../shared/index.ts';
import type { RecordConfig } from '../config-schema.ts';
import { memoryState } from './memory.ts';
import { redisState } from './redis.ts';

/** The shared state the configuration asks for, and what ends it. A Redis that is away does not hold up the start for longer than 2 s. */
export async function createSharedState(
  config: Pick<RecordConfig, 'redisUrl'>,
  log: Log,
  now: () => Date = () => new Date(),
): Promise<SharedState & { close(): Promise<void> }> {
  if (config.redisUrl !== undefined) return redisState({ url: config.redisUrl, log, now });
  return { ...memoryState(now), close: async () => undefined };
}
