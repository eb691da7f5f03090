import { randomUUID } from 'node:crypto';
import type { Log } from '../../shared/index.ts';
import type { RecordConfig } from '../config-schema.ts';
import { embeddedStore } from './embedded.ts';
import { postgresStore } from './postgres.ts';
import type { EventStore } from './store.ts';

/** The event store the configuration asks for, not yet open. */
export function createStore(
  config: RecordConfig,
  dataDir: string,
  log: Log,
  {
    now = () => new Date(),
    newId = randomUUID,
  }: { readonly now?: () => Date; readonly newId?: () => string } = {},
): EventStore {
  return config.databaseUrl === undefined
    ? embeddedStore({ dataDir, log, now, newId })
    : postgresStore({ url: config.databaseUrl, log, now, newId });
}
