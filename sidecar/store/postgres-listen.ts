import type pg from 'pg';
import type { Log } from '../../shared/index.ts';

/** How long an append of another sidecar may stay unheard when the listening connection is away. */
const pollMs = 1_000;

export interface AppendListener {
  subscribe(call: () => void): () => void;
  close(): Promise<void>;
}

/**
 * Calls back when another store object has appended: at once by NOTIFY, and each second while there is nobody to
 * hear it, since a notification sent then is lost.
 */
export function listenToAppends(options: {
  readonly connect: () => pg.Client;
  /** Notifications with this payload are our own. */
  readonly notifier: string;
  readonly log: Log;
}): AppendListener {
  const { connect, notifier, log } = options;
  const calls = new Set<() => void>();
  let client: pg.Client | null = null;
  let isConnecting = false;
  let timer: NodeJS.Timeout | null = null;

  const tell = (): void => calls.forEach((call) => call());

  async function listen(): Promise<void> {
    isConnecting = true;
    const fresh = connect();
    const lost = (): void => {
      if (client === fresh) client = null;
      fresh.end().catch(() => undefined);
    };
    fresh.on('error', lost);
    fresh.on('end', lost);
    fresh.on('notification', ({ payload }) => payload !== notifier && tell());
    try {
      await fresh.connect();
      await fresh.query('LISTEN outrider_appended');
      client = fresh;
      tell();
    } catch (error) {
      log.warn('The event store cannot be listened to; it is asked each second instead', {
        reason: error instanceof Error ? error.message : String(error),
      });
      lost();
    } finally {
      isConnecting = false;
    }
  }

  function check(): void {
    if (client) return;
    tell();
    if (!isConnecting) void listen();
  }

  return {
    subscribe(call) {
      calls.add(call);
      if (!timer) {
        timer = setInterval(check, pollMs);
        timer.unref();
        check();
      }
      return () => void calls.delete(call);
    },
    async close() {
      if (timer) clearInterval(timer);
      calls.clear();
      const last = client;
      client = null;
      await last?.end().catch(() => undefined);
    },
  };
}
