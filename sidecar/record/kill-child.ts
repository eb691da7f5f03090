import { writeSync } from 'node:fs';
import { z } from 'zod';
import { event } from '../../shared/index.ts';
import { recordSchema } from '../config-schema.ts';
import { silentLog } from '../store/contract-databases.ts';
import { createStore } from '../store/create-store.ts';
import { createRecorder } from './create-recorder.ts';

/**
 * Records without pause until it is killed, and says on stdout what was acknowledged: one line of names a time.
 * Arguments: the data directory, the name of this run, and PostgreSQL's URL (embedded without).
 */
const [dataDir = '', run = '', databaseUrl] = process.argv.slice(2);
const config = recordSchema.parse(databaseUrl === undefined ? {} : { databaseUrl });
const Happened = event('test/happened', 'forever', z.unknown());
const Noise = event('test/noise', 'days', z.unknown());

async function main(): Promise<void> {
  const store = createStore(config, dataDir, silentLog);
  const recorder = await createRecorder({ store, config, dataDir, log: silentLog });
  for (let round = 0; ; round += 1) {
    const names = Array.from({ length: 1 + ((round * 7) % 40) }, (_, index) => `${run}-${round}-${index}`);
    for (const name of names) {
      recorder.record(Happened, { name });
      recorder.record(Noise, { name });
    }
    await recorder.kept(20_000);
    acknowledge(names);
    if (round % 5 === 0) await appendDirectly(`${run}-direct-${round}`);
  }

  async function appendDirectly(name: string): Promise<void> {
    try {
      await recorder.log.append('kill/1', [{ type: 'test/direct', data: { name } }], 'any');
    } catch {
      // Not acknowledged: the store is away, or the version was another.
      return;
    }
    acknowledge([name]);
  }
}

/** One write call, so that a kill leaves a whole line or none that ends. */
function acknowledge(names: readonly string[]): void {
  writeSync(1, `${names.join(' ')}\n`);
}

await main();
