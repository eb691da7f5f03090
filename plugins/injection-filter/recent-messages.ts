import { ChurnMap, type Exchange } from '../../shared/index.ts';
import { visitMessage } from './message-values.ts';
import { changedRange, type Reached } from './sink.ts';

/** The last messages of open WebSockets, for the check at the sink: their values are of no request. */
export interface RecentMessages {
  remember(exchange: Exchange, text: string): void;
  /** The first value of a recent message of an exchange that changes the tokens of a statement. */
  reached(exchangeId: string, statement: string): Reached | null;
}

/** Messages kept of one connection, their length, and connections at once: what lies above is only judged. */
const mostMessages = 8;
const longestMessage = 8192;
const mostConnections = 4096;

export function recentMessages(): RecentMessages {
  const kept = new ChurnMap<string, string[]>();
  return {
    remember(exchange, text) {
      if (text.length > longestMessage || !/\W/.test(text)) return;
      const known = kept.get(exchange.id);
      if (known) {
        known.push(text);
        if (known.length > mostMessages) known.shift();
      } else if (kept.size < mostConnections) {
        kept.set(exchange.id, [text]);
        exchange.onFinished(() => kept.delete(exchange.id));
      }
    },
    reached(exchangeId, statement) {
      for (const text of kept.get(exchangeId) ?? []) {
        const found = reachedBy(text, statement);
        if (found) return found;
      }
      return null;
    },
  };
}

function reachedBy(text: string, statement: string): Reached | null {
  let found: Reached | null = null;
  visitMessage(text, 'all', (value, place) => {
    const range = changedRange(statement, value);
    if (range) found = { field: place.field(), part: place.part, value, start: range[0], end: range[1] };
    return found !== null;
  });
  return found;
}
