type Call = (message: string) => void;

/** Who listens to which channel within this process. */
export interface Channels {
  readonly names: readonly string[];
  add(channel: string, call: Call): () => void;
  tell(channel: string, message: string): void;
}

/** `onFirst` and `onLast` tell that a channel got its first listener or lost its last. */
export function channels(
  onFirst: (channel: string) => void = () => undefined,
  onLast: (channel: string) => void = () => undefined,
): Channels {
  const calls = new Map<string, Set<Call>>();
  return {
    get names() {
      return [...calls.keys()];
    },
    add(channel, call) {
      // A listener of its own each time, so that the same function added twice is removed one by one.
      const own: Call = (message) => call(message);
      const known = calls.get(channel);
      if (known) known.add(own);
      else {
        calls.set(channel, new Set([own]));
        onFirst(channel);
      }
      return () => {
        const left = calls.get(channel);
        if (!left?.delete(own) || left.size > 0) return;
        calls.delete(channel);
        onLast(channel);
      };
    },
    tell(channel, message) {
      for (const call of calls.get(channel) ?? []) call(message);
    },
  };
}
