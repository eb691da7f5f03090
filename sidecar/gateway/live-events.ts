import type { Recorded } from '../../shared/index.ts';
import type { Recorder } from '../record/recorder.ts';
import { createTail } from '../record/tail.ts';
import type { Outbox } from './live-outbox.ts';

/** Events pushed to one watcher, in order and without a gap from where it asked; a slow one waits in the log. */
export interface EventWatch {
  close(): void;
}

export interface EventWatchOptions {
  readonly recorder: Pick<Recorder, 'subscribe'>;
  readonly outbox: Pick<Outbox, 'send' | 'hasRoom' | 'onRoom'>;
  readonly after: number;
  /** Beginnings of the types wanted; none for every type. */
  readonly prefixes: readonly string[];
}

/** Events in one message: a page of them is a few hundred kilobytes at most. */
const maxBatch = 100;

export function createEventWatch({ recorder, outbox, after, prefixes }: EventWatchOptions): EventWatch {
  let batch: Recorded[] = [];
  let isClosed = false;

  const isWanted = ({ type }: Recorded): boolean =>
    prefixes.length === 0 || prefixes.some((prefix) => type.startsWith(prefix));

  function flush(): void {
    if (batch.length === 0 || isClosed) return;
    const events = batch;
    batch = [];
    outbox.send({ kind: 'events', events });
  }

  const tail = createTail({
    recorder,
    after,
    take(event) {
      if (isClosed || !outbox.hasRoom()) return false;
      if (isWanted(event)) batch.push(event);
      if (batch.length >= maxBatch) flush();
      return true;
    },
    onBatch: flush,
  });
  const endOnRoom = outbox.onRoom(() => tail.resume());

  return {
    close() {
      isClosed = true;
      endOnRoom();
      tail.close();
    },
  };
}
