/** What a browser's WebSocket and the `ws` package have in common, as far as it is needed here. */
export interface Socket {
  send(text: string): void;
  close(code?: number, reason?: string): void;
  addEventListener(type: 'open' | 'close' | 'error', call: () => void): void;
  addEventListener(type: 'message', call: (event: { readonly data: unknown }) => void): void;
}

export type OpenSocket = (url: string) => Socket;

/** Timers and chance are given, so that tests hold them. */
export interface Timing {
  /** Calls once after `ms`; the answer cancels it. */
  after(ms: number, call: () => void): () => void;
  /** From 0 up to 1. */
  random(): number;
}

export const realTiming: Timing = {
  after(ms, call) {
    const timer = setTimeout(call, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
