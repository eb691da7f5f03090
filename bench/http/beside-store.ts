import type { Contender } from './contenders.ts';
import { underLoad, type Figures, type Load } from './load.ts';
import type { StoreWork, Written } from './store-work.ts';

/** Puts load on contenders, each beside the work that the sidecar's store had in the sidecar's last round. */
export interface BesideStore {
  underLoad(name: string, contender: Contender, load: Load): Promise<Figures>;
  /** Events for each request of the sidecar's, and batches a second. */
  readonly recorded: Written;
}

/** The contender whose store it is: it makes its own work. */
const recorder = 'sidecar';

/** A peer has as many events for each of its own requests, at the rate of its last round; at first at the sidecar's. */
export function besideStore(work: StoreWork): BesideStore {
  let recorded: Written = { events: 0, batches: 0 };
  const rates = new Map<string, number>();

  async function recording(contender: Contender, load: Load): Promise<Figures> {
    const before = await work.written();
    const figures = await underLoad(contender, load);
    const after = await work.written();
    recorded = {
      events: (after.events - before.events) / (figures.requestsPerSecond * load.seconds),
      batches: (after.batches - before.batches) / load.seconds,
    };
    return figures;
  }

  async function repeating(name: string, contender: Contender, load: Load): Promise<Figures> {
    const requestsPerSecond = rates.get(name) ?? rates.get(recorder) ?? 0;
    const stop = await work.repeat({
      events: recorded.events * requestsPerSecond,
      batches: recorded.batches,
    });
    return underLoad(contender, load).finally(stop);
  }

  return {
    async underLoad(name, contender, load) {
      const figures = await (name === recorder
        ? recording(contender, load)
        : repeating(name, contender, load));
      rates.set(name, figures.requestsPerSecond);
      return figures;
    },
    get recorded() {
      return recorded;
    },
  };
}
