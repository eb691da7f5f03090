import {
  allowed,
  deny,
  errorTable,
  type SocketMessage,
  type MessageGuard,
  type MessageVerdict,
} from '../../shared/index.ts';
import type { ExchangeRecord, MessageWatch } from '../http/pipeline.ts';
import { within, type Clock } from './clock.ts';
import type { Denials } from './denials.ts';
import { policy } from './policy.ts';
import type { Entry, Table } from './table.ts';

/** Tells for an upgraded exchange how its messages are screened, by the guards of the moment: a reload counts at once. */
export function createMessageGuards(
  table: () => Table,
  denials: Denials,
  clock: Clock,
): (exchange: ExchangeRecord) => MessageWatch | null {
  const matching = (exchange: ExchangeRecord) =>
    table().messageGuards.filter(({ hook }) => exchange.meets(hook.match));

  /** In configured order; the first enforced no is the answer. */
  async function check(message: SocketMessage, exchange: ExchangeRecord): Promise<MessageVerdict> {
    for (const entry of matching(exchange)) {
      const pending = ask(entry, message, clock);
      if (entry.slot.mode === 'observe') {
        void pending.then((verdict) => act(entry, exchange, verdict));
        continue;
      }
      const answer = act(entry, exchange, await pending);
      if (!answer.allow) return answer;
    }
    return allowed;
  }

  function act(
    { slot, rail }: Entry<MessageGuard>,
    exchange: ExchangeRecord,
    verdict: MessageVerdict,
  ): MessageVerdict {
    if (verdict.allow) return allowed;
    const isEnforced = slot.mode === 'enforce';
    rail.denials += 1;
    denials.request(slot.name, isEnforced, exchange, verdict);
    return isEnforced ? verdict : allowed;
  }

  return (exchange) => {
    if (table().messageGuards.length === 0 || matching(exchange).length === 0) return null;
    return {
      get maxBytes() {
        return Math.max(0, ...matching(exchange).map(({ hook }) => hook.maxBytes));
      },
      get isEnforced() {
        return matching(exchange).some(({ slot }) => slot.mode === 'enforce');
      },
      check: (text, isTruncated) => check({ exchange, text, isTruncated }, exchange),
    };
  };
}

/** The guard's verdict, or what its `onFailure` says; never rejects. */
async function ask(
  { hook, rail, busy }: Entry<MessageGuard>,
  message: SocketMessage,
  clock: Clock,
): Promise<MessageVerdict> {
  if (!rail.mayRun()) return rail.isSetAside ? allowed : failureVerdict(hook);
  const startedMs = rail.begin();
  busy.enter();
  try {
    const asked = hook.check(message);
    const verdict = asked instanceof Promise ? await within(clock, policy.guardMs, asked, late) : asked;
    if (typeof verdict?.allow !== 'boolean') throw new TypeError('The guard answered with no verdict.');
    rail.succeeded(startedMs);
    return verdict;
  } catch (error) {
    rail.failed(error);
    return failureVerdict(hook);
  } finally {
    busy.leave();
  }
}

const failureVerdict = ({ onFailure }: MessageGuard): MessageVerdict =>
  onFailure === 'deny' ? deny(503, errorTable.guard_failed.title, { code: 'guard_failed' }) : allowed;

const late = (): Error => new Error(`The guard did not answer within ${policy.guardMs} ms.`);
