import { eventMemory, memoryEventStore } from './memory-event-store.ts';
import { storeContract } from './store-contract.ts';

storeContract('memory', async () => {
  let nowMs = Date.parse('2026-01-02T03:04:05Z');
  const now = (): Date => new Date(nowMs);
  const memory = eventMemory();
  return {
    store: memoryEventStore(now, memory),
    second: memoryEventStore(now, memory),
    advance: (seconds) => void (nowMs += seconds * 1000),
    dispose: async () => undefined,
  };
});
