import { randomUUID } from 'node:crypto';
import {
  Credentials,
  Events,
  HttpSummary,
  PrivateStore,
  Shared,
  SqlFinished,
  definePlugin,
  on,
  type Hooks,
} from '../../shared/index.ts';
import { admission } from './admission.ts';
import { keyCommands } from './commands.ts';
import { KeysUsed, keyEvents } from './events.ts';
import { formCommands } from './form-commands.ts';
import { keyIndex } from './key-index.ts';
import { keyStore } from './key-store.ts';
import { calmly } from './calm.ts';
import { onceLoaded, startLoading } from './loading.ts';
import { lastUses } from './last-use.ts';
import { keyLife } from './life.ts';
import { optionsSchema } from './options.ts';
import { panels } from './panels.ts';
import { quotas } from './quotas.ts';
import { rateLimiter } from './rate-limit.ts';
import { routesSeen } from './routes-seen.ts';
import { schedule } from './schedule.ts';
import { beatSeconds, sidecarsSeen } from './sidecars-seen.ts';
import { throttle } from './throttle.ts';
import { useJoin } from './use-join.ts';
import { usageLog } from './usage-log.ts';

/**
 * How often the one small row is read that says what other sidecars changed: a revocation has to be everywhere in a
 * second, and each read costs as much as some dozens of requests.
 */
const readSeconds = 0.5;

/** Lets only callers with a live API key through, knows who they are, and how much they may. */
export default definePlugin({
  name: 'api-keys',
  summary: 'API keys with scopes, limits, quotas, watched rotation and usage.',
  config: optionsSchema,
  uses: { credentials: Credentials, store: PrivateStore, shared: Shared, events: Events },
  events: [...keyEvents, KeysUsed],
  panels,

  async setup(host): Promise<Hooks> {
    const { config, credentials, now, log } = host;
    const index = keyIndex(config.prefix);
    const store = keyStore(host.store, host.shared, index);
    const counted = quotas(host.store, host.shared);
    const sidecars = sidecarsSeen(host.shared, randomUUID(), now);
    const uses = lastUses(host.store, index);
    const usage = usageLog(host.events, host.store);
    const routes = routesSeen(host.store);
    const loading = await startLoading(async () => {
      await Promise.all([store.load(), counted.load(), routes.load()]);
      await Promise.all([uses.load(), usage.load()]);
    }, host);

    const limiter = rateLimiter(host.shared, sidecars.count);
    const life = keyLife({ options: config, store, index, host });
    const joined = useJoin((keyId, databaseMs) => {
      const quota = index.byId(keyId)?.record.quota;
      if (quota) counted.addDatabaseMs(keyId, quota, databaseMs, now().getTime());
    });
    const failed = calmly(log, now);
    /** Nothing is written over what could not be read. */
    const every = (seconds: number, what: string, work: () => Promise<void>): void =>
      host.every(seconds, () => (loading.isDone() ? work().catch(failed(what)) : undefined));

    await sidecars.beat();
    const watch = schedule({ options: config, store, index, life, lastUse: uses.latest, host });
    const unfollow = store.follow(failed('Reading changed keys'));
    let ticks = 0;
    every(readSeconds, 'Reading changed keys', async () => {
      // Over Redis changes are told; reading is then for what a lost message did not tell.
      if (!host.shared.isShared || (ticks += 1) % 2 === 0) await store.sync();
    });
    host.every(beatSeconds, sidecars.beat);
    every(0.25, 'Telling quotas', () => counted.tell(now().getTime()));
    every(2, 'Writing quotas', () => counted.flush(now().getTime()));
    every(30, 'Writing last uses', uses.flush);
    every(30, 'Folding usage', () => usage.catchUp().then(usage.save));
    every(30, 'Writing the routes seen', routes.save);
    every(config.scheduleSeconds, 'Looking at expiries', watch);
    host.every(10, () => {
      const used = joined.take();
      if (used) host.record(KeysUsed, used);
    });

    return {
      guard: {
        onFailure: 'deny',
        check: admission({
          options: config,
          credentials,
          index,
          loading,
          throttle: throttle(config),
          limiter,
          quotas: counted,
          used: joined.began,
          nowMs: host.nowMs,
        }),
      },
      on: [
        on(SqlFinished, ({ data }) => joined.statement(data)),
        on(HttpSummary, ({ data }) => routes.note(data.rows)),
      ],
      commands: {
        ...onceLoaded(loading, keyCommands({ life, store, index, quotas: counted, usage, now })),
        ...formCommands(config, routes),
      },
      async dispose() {
        unfollow();
        sidecars.end();
        limiter.end();
        if (!loading.isDone()) return;
        await counted.flush(now().getTime());
        await uses.flush();
        await usage.save();
        await routes.save();
      },
    };
  },
});
