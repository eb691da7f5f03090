import { Redis, type RedisOptions } from 'ioredis';
import { setTimeout as wait } from 'node:timers/promises';
import type { Log, SharedState } from '../../shared/index.ts';
import { systemClock, within } from '../plugins/clock.ts';
import { channels } from './channels.ts';
import { memoryState } from './memory.ts';

export interface RedisState extends SharedState {
  close(): Promise<void>;
}

export interface RedisStateOptions {
  readonly url: string;
  readonly log: Log;
  readonly now: () => Date;
  /** Before every key and channel. */
  readonly prefix?: string;
}

/** A cache that answers later than this is slower than none: requests wait for it. */
const commandMs = 250;
const connectMs = 2_000;
const late = (): Error => new Error(`Redis did not answer within ${commandMs} ms.`);
/** How often a Redis that is away is asked whether it is back. */
const checkMs = 250;
/** Commands on their way at once; more go to local memory. */
const maxInFlight = 10_000;

/** Sums with a fraction too (milliseconds), and a key's time runs from its first increment. */
const addScript = `
  local sum = redis.call('INCRBYFLOAT', KEYS[1], ARGV[1])
  if redis.call('PTTL', KEYS[1]) < 0 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return sum`;

/**
 * State shared over Redis. When it goes away every call is answered from this process's memory at once, `isShared`
 * is false, and it is asked four times a second whether it is back; what was kept locally is then forgotten.
 */
export async function redisState({
  url,
  log,
  now,
  prefix = 'outrider:',
}: RedisStateOptions): Promise<RedisState> {
  const local = memoryState(now);
  const reconnected = new Set<() => void>();
  const commands = connect(url, 'outrider');
  const listener = connect(url, 'outrider-listener');
  const heard = channels(
    (channel) => void listener.subscribe(prefix + channel).catch(() => undefined),
    (channel) => void listener.unsubscribe(prefix + channel).catch(() => undefined),
  );
  let isShared = false;
  let isClosed = false;
  let inFlight = 0;

  function away(reason: unknown): void {
    if (!isShared) return;
    isShared = false;
    log.warn('Redis is away; counters, caches and messages are local to this sidecar', {
      reason: String(reason),
    });
    void comeBack();
  }

  async function comeBack(): Promise<void> {
    while (!isClosed && !isShared) {
      await wait(checkMs, undefined, { ref: false });
      await tryAgain();
    }
    if (isClosed) return;
    log.info('Redis is back');
    for (const call of reconnected) call();
  }

  /** Back means both connections answer and every channel is listened to again. */
  async function tryAgain(): Promise<void> {
    try {
      await Promise.all([ready(commands), ready(listener)]);
      await commands.ping();
      const names = heard.names.map((channel) => prefix + channel);
      await (names.length > 0 ? listener.subscribe(...names) : listener.ping());
      local.clear();
      isShared = true;
    } catch {
      // Still away: asked again in a moment, and said so already.
    }
  }

  /** Runs a command, or what stands in for it while Redis does not answer. */
  async function orLocal<T>(run: () => Promise<T>, instead: () => Promise<T>): Promise<T> {
    if (!isShared || inFlight >= maxInFlight) return instead();
    inFlight += 1;
    try {
      return await within(systemClock, commandMs, run(), late);
    } catch (error) {
      away(error);
      return instead();
    } finally {
      inFlight -= 1;
    }
  }

  for (const client of [commands, listener]) {
    client.on('error', away);
    client.on('close', () => away('The connection closed.'));
  }
  listener.on('message', (channel: string, message: string) =>
    heard.tell(channel.slice(prefix.length), message),
  );

  await tryAgain();
  if (!isShared) {
    log.warn('Redis does not answer; counters, caches and messages are local to this sidecar');
    void comeBack();
  }

  return {
    get isShared() {
      return isShared;
    },
    increment: (key, by, ttlSeconds) =>
      orLocal(
        async () => Number(await commands.eval(addScript, 1, prefix + key, by, Math.ceil(ttlSeconds * 1000))),
        () => local.increment(key, by, ttlSeconds),
      ),
    get: (key) =>
      orLocal(
        () => commands.get(prefix + key),
        () => local.get(key),
      ),
    set: (key, value, ttlSeconds) =>
      orLocal(
        async () => void (await commands.set(prefix + key, value, 'PX', Math.ceil(ttlSeconds * 1000))),
        () => local.set(key, value, ttlSeconds),
      ),
    delete: (key) =>
      orLocal(
        async () => void (await commands.del(prefix + key)),
        () => local.delete(key),
      ),
    publish: (channel, message) =>
      orLocal(
        async () => void (await commands.publish(prefix + channel, message)),
        async () => heard.tell(channel, message),
      ),
    subscribe: (channel, call) => heard.add(channel, call),
    onReconnected(call) {
      reconnected.add(call);
      return () => void reconnected.delete(call);
    },
    async close() {
      isClosed = true;
      isShared = false;
      commands.disconnect();
      listener.disconnect();
    },
  };
}

function connect(url: string, connectionName: string): Redis {
  const options: RedisOptions = {
    connectionName,
    connectTimeout: connectMs,
    // What requests wait for has a shorter limit of its own, which forgives this process for having been busy.
    commandTimeout: connectMs,
    // A command that cannot be sent now is answered locally; one sent later would count in another time.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    enableAutoPipelining: true,
    retryStrategy: () => checkMs,
  };
  const client = new Redis(url, options);
  // Named before the first failure, which would otherwise be printed.
  client.on('error', () => undefined);
  return client;
}

async function ready(client: Redis): Promise<void> {
  const isReady = (): boolean => client.status === 'ready';
  const untilMs = Date.now() + connectMs;
  while (!isReady()) {
    if (Date.now() > untilMs || client.status === 'end') throw new Error('Redis does not answer.');
    await wait(20, undefined, { ref: false });
  }
}
