/** Who wants to hear of something; a listener that throws does not keep others from hearing. */
export interface Listeners<T> {
  add(call: (value: T) => void): () => void;
  tell(value: T): void;
}

export function listeners<T>(onError: (error: unknown) => void = reportLater): Listeners<T> {
  const calls = new Set<(value: T) => void>();
  return {
    add(call) {
      calls.add(call);
      return () => void calls.delete(call);
    },
    tell(value) {
      for (const call of calls) {
        try {
          call(value);
        } catch (error) {
          onError(error);
        }
      }
    },
  };
}

function reportLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}
