import { OutriderError } from '../../shared/index.ts';
import { SqlFailure } from '../store/sql.ts';
import type { Appended, EventStore } from '../store/store.ts';

/** A store that tests can take away. */
export interface BreakableStore extends EventStore {
  /** `mute`: does what it is asked, and its answer is lost. `hangs`: never answers. */
  mode: 'works' | 'away' | 'mute' | 'hangs';
  /** Batches it was asked to append, the refused ones included. */
  readonly asked: readonly number[];
}

/** A batch with an event of this data is refused, as PostgreSQL refuses what it cannot hold. */
export const refusedData = 'refuse me';

export function breakableStore(store: EventStore): BreakableStore {
  const asked: number[] = [];
  const gone = (): never => {
    throw new OutriderError('store_unavailable', 'Taken away by a test.');
  };
  async function through<T>(call: () => Promise<T>): Promise<T> {
    if (broken.mode === 'away') gone();
    if (broken.mode === 'hangs') return new Promise(() => undefined);
    const result = await call();
    return broken.mode === 'mute' ? gone() : result;
  }
  const broken: BreakableStore = {
    ...store,
    mode: 'works',
    asked,
    open: () => through(() => store.open()),
    append(batch, check, once) {
      asked.push(batch.length);
      return through(() => (batch.some(isRefused) ? refuse() : store.append(batch, check, once)));
    },
    page: (query) => through(() => store.page(query)),
    head: () => through(() => store.head()),
  };
  return broken;
}

function isRefused({ data }: Appended): boolean {
  return data === refusedData;
}

function refuse(): never {
  throw new OutriderError('store_unavailable', 'Refused.', { cause: new SqlFailure('Refused.', '22000') });
}
