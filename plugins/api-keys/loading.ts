import { OutriderError, atMost, deny, type Command, type Denied, type Host } from '../../shared/index.ts';

export interface Loading {
  /** True once everything kept was read. */
  isDone(): boolean;
}

/** A setup has 10 s; what takes longer is waited for beside the traffic. */
const firstSeconds = 5;
const mostPauseSeconds = 8;

/**
 * Reads what was kept. A store that is away is no reason not to start: it is asked again, after 1 s, 2 s … 8 s, until it
 * answers. Rejects with whatever else goes wrong at first, since that does not mend itself.
 */
export async function startLoading(
  load: () => Promise<void>,
  host: Pick<Host, 'every' | 'log'>,
): Promise<Loading> {
  let isDone = false;
  let pauseSeconds = 1;
  let pausedSeconds = 0;
  let running: Promise<void> | null = null;

  const attempt = (): Promise<void> =>
    (running ??= load()
      .then(() => {
        isDone = true;
      })
      .finally(() => {
        running = null;
      }));

  function failed(error: unknown): void {
    host.log.warn('The keys could not be read yet; requests that need one are answered with 503.', {
      reason: String(error),
      againInSeconds: pauseSeconds,
    });
  }

  host.every(1, async () => {
    if (isDone || (running === null && (pausedSeconds += 1) < pauseSeconds)) return;
    pausedSeconds = 0;
    try {
      await attempt();
      host.log.info('The keys were read.');
    } catch (error) {
      pauseSeconds = Math.min(mostPauseSeconds, pauseSeconds * 2);
      failed(error);
    }
  });
  const first = attempt().catch((error: unknown) => {
    if (!isStoreAway(error)) throw error;
    failed(error);
  });
  await atMost(firstSeconds, first);
  return {
    isDone: () => isDone,
  };
}

/** What a request gets that needs a key while none is known. */
export const notLoaded: Denied = deny(503, 'API keys cannot be checked at the moment.', {
  code: 'store_unavailable',
  retryAfterSeconds: 1,
});

/** Commands that would otherwise speak of no keys at all. */
export function onceLoaded(
  loading: Loading,
  commands: Readonly<Record<string, Command>>,
): Readonly<Record<string, Command>> {
  const guarded = Object.entries(commands).map(([name, command]): [string, Command] => [
    name,
    {
      ...command,
      async run(input, context) {
        if (!loading.isDone())
          throw new OutriderError('store_unavailable', 'The keys could not be read yet.');
        return command.run(input, context);
      },
    },
  ]);
  return Object.fromEntries(guarded);
}

const isStoreAway = (error: unknown): boolean =>
  error instanceof OutriderError && error.code === 'store_unavailable';
