import { AroundCompared, type Around, type Reply } from '../../shared/index.ts';
import type { ExchangeRecord } from '../http/pipeline.ts';
import type { Recorder } from '../record/recorder.ts';
import { within, type Clock } from './clock.ts';
import { assertReply } from './onion.ts';
import { policy } from './policy.ts';
import { comparableReply, notComparable, wholeBody } from './reply-copy.ts';
import type { Entry } from './table.ts';

/** An around in observe mode: the client gets what `next` answers, the plugin works on a copy, the two are compared. */
export interface Observer {
  observed(entry: Entry<Around>, exchange: ExchangeRecord, inner: () => Promise<Reply>): Promise<Reply>;
}

export function createObserver(recorder: Recorder, clock: Clock): Observer {
  async function compare(
    { slot, hook, rail, busy }: Entry<Around>,
    exchange: ExchangeRecord,
    backendReply: Promise<Reply>,
  ): Promise<void> {
    const startedMs = rail.begin();
    let hadAskedBackend = false;
    const next = (): Promise<Reply> => {
      if (hadAskedBackend) return Promise.reject(new Error('next() was called a second time.'));
      hadAskedBackend = true;
      return backendReply;
    };
    busy.enter();
    try {
      const reply = await within(clock, policy.aroundMs, hook.handle(exchange, next), late);
      assertReply(reply);
      rail.succeeded(startedMs);
      const original = await backendReply;
      if (reply === original) return;
      tell(slot.name, exchange, hadAskedBackend, await differenceOf(reply, original));
    } catch (error) {
      if (error === notComparable || (await isRejectedWith(backendReply, error))) rail.succeeded(startedMs);
      else rail.failed(error);
    } finally {
      busy.leave();
    }
  }

  function tell(
    plugin: string,
    exchange: ExchangeRecord,
    hadAskedBackend: boolean,
    difference: string | null,
  ) {
    if (difference === null && hadAskedBackend) return;
    const { id, traceId, request } = exchange;
    const { method, route } = request;
    recorder.record(
      AroundCompared,
      { exchangeId: id, plugin, method, route, isSame: difference === null, hadAskedBackend, difference },
      { exchangeId: id, traceId },
    );
  }

  return {
    async observed(entry, exchange, inner) {
      const copies = inner().then((reply) => comparableReply(reply, exchange));
      const forPlugin = copies.then(({ copy }) => copy);
      forPlugin.catch(() => undefined);
      void compare(entry, exchange, forPlugin);
      return (await copies).original;
    },
  };
}

/** What a client would have noticed, as a sentence; null when the replies are alike. */
async function differenceOf(reply: Reply, original: Reply): Promise<string | null> {
  if (reply.status !== original.status) return `Status ${reply.status} in place of ${original.status}.`;
  if (original.isStreaming || reply.isStreaming) return null;
  if (reply.body === original.body) return null;
  const [mine, theirs] = [await wholeBody(reply.body), await wholeBody(original.body)];
  if (Buffer.compare(mine, theirs) === 0) return null;
  return `Another body: ${mine.length} bytes in place of ${theirs.length}.`;
}

async function isRejectedWith(pending: Promise<Reply>, error: unknown): Promise<boolean> {
  return pending.then(
    () => false,
    (rejection: unknown) => rejection === error,
  );
}

const late = (): Error => new Error(`The around took longer than ${policy.aroundMs / 1000} s.`);
