import type { SharedState } from '../../shared/index.ts';

/** The sidecars that share one Redis, this one among them. */
export interface SidecarsSeen {
  /** At least 1. While Redis is away, as many as there were. */
  count(): number;
  /** Says that this one is there; to be called every `beatSeconds`. */
  beat(): Promise<void>;
  end(): void;
}

export const beatSeconds = 2;
/** Who was not heard for so long is gone. */
const silentMs = 7000;
/** More are no sidecars of one Redis but a fault. */
const mostSidecars = 1000;
const channel = 'api-keys/sidecars';

export function sidecarsSeen(shared: SharedState, ownId: string, now: () => Date): SidecarsSeen {
  const heardAtMs = new Map<string, number>();
  const say = (): Promise<void> => shared.publish(channel, ownId).catch(() => undefined);

  function hear(id: string): void {
    if (id === ownId) return;
    const isNew = !heardAtMs.has(id);
    if (isNew && heardAtMs.size >= mostSidecars) return;
    heardAtMs.set(id, now().getTime());
    // Who has just started learns of the others at once.
    if (isNew) void say();
  }

  function forgetSilent(): void {
    const nowMs = now().getTime();
    for (const [id, atMs] of heardAtMs) if (nowMs - atMs > silentMs) heardAtMs.delete(id);
  }

  // Nobody was heard while Redis was away: that is no reason to think them gone.
  function keepAll(): void {
    for (const id of heardAtMs.keys()) heardAtMs.set(id, now().getTime());
  }

  const ends = [shared.subscribe(channel, hear), shared.onReconnected(() => void say())];
  return {
    count: () => 1 + heardAtMs.size,
    async beat() {
      if (shared.isShared) forgetSilent();
      else keepAll();
      await say();
    },
    end: () => ends.forEach((end) => end()),
  };
}
