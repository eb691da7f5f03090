import {
  allowed,
  deny,
  errorTable,
  OutriderError,
  type Allowed,
  type Guard,
  type Verdict,
} from '../../shared/index.ts';
import { isFrozenWhole } from '../http/forward.ts';
import { admitted, type Admitted, type Decision, type ExchangeRecord } from '../http/pipeline.ts';
import { within, type Clock } from './clock.ts';
import type { Denials } from './denials.ts';
import { policy } from './policy.ts';
import type { Entry, Table } from './table.ts';

/** Asks the guards about requests, in order, and acts on what they answer. */
export interface Guards {
  bodyBytesWanted(exchange: ExchangeRecord): number;
  admit(exchange: ExchangeRecord): Decision | Promise<Decision>;
}

export function createGuards(table: () => Table, denials: Denials, clock: Clock): Guards {
  /**
   * Written as one loop without a promise, a closure or an allocation while every guard answers at once with
   * `allowed`: this runs for every request.
   */
  function admitFrom(
    guards: readonly Entry<Guard>[],
    first: number,
    exchange: ExchangeRecord,
    before: Admitted,
  ): Decision | Promise<Decision> {
    let admittedSoFar = before;
    for (let index = first; index < guards.length; index += 1) {
      const entry = guards[index];
      if (entry === undefined || !exchange.meets(entry.hook.match)) continue;
      const verdict = ask(entry, exchange);
      if (verdict === allowed) continue;
      if (verdict instanceof Promise) {
        if (entry.slot.mode === 'observe') watch(entry, exchange, verdict);
        else return resume(guards, index, exchange, verdict, admittedSoFar);
        continue;
      }
      const decision = act(entry, exchange, verdict, admittedSoFar);
      if (!decision.allow) return decision;
      admittedSoFar = decision;
    }
    return admittedSoFar;
  }

  async function resume(
    guards: readonly Entry<Guard>[],
    index: number,
    exchange: ExchangeRecord,
    pending: Promise<Verdict>,
    before: Admitted,
  ): Promise<Decision> {
    const entry = guards[index];
    // Safe by construction: `index` is the guard that answered with `pending`.
    if (entry === undefined) return before;
    const decision = act(entry, exchange, await pending, before);
    return decision.allow ? admitFrom(guards, index + 1, exchange, decision) : decision;
  }

  /** An observing guard that needs time does not make traffic wait for it. */
  function watch(entry: Entry<Guard>, exchange: ExchangeRecord, pending: Promise<Verdict>): void {
    void pending.then((verdict) => act(entry, exchange, verdict, admitted));
  }

  /** The guard's verdict, or what `onFailure` says; never throws, never rejects. */
  function ask(entry: Entry<Guard>, exchange: ExchangeRecord): Verdict | Promise<Verdict> {
    const { hook, rail } = entry;
    if (!rail.mayRun()) return rail.isSetAside ? allowed : failureVerdict(entry);
    const startedMs = rail.begin();
    try {
      const verdict = hook.check(exchange);
      if (verdict === allowed) {
        rail.succeeded(startedMs);
        return allowed;
      }
      if (verdict instanceof Promise) return settle(entry, verdict, startedMs);
      return checked(entry, verdict, startedMs);
    } catch (error) {
      rail.failed(error);
      return failureVerdict(entry);
    }
  }

  async function settle(entry: Entry<Guard>, pending: Promise<Verdict>, startedMs: number): Promise<Verdict> {
    entry.busy.enter();
    try {
      return checked(entry, await within(clock, policy.guardMs, pending, late), startedMs);
    } catch (error) {
      entry.rail.failed(error);
      return failureVerdict(entry);
    } finally {
      entry.busy.leave();
    }
  }

  function checked({ rail }: Entry<Guard>, verdict: Verdict, startedMs: number): Verdict {
    assertVerdict(verdict);
    rail.succeeded(startedMs);
    return verdict;
  }

  function act(
    { slot, rail }: Entry<Guard>,
    exchange: ExchangeRecord,
    verdict: Verdict,
    before: Admitted,
  ): Decision {
    const isEnforced = slot.mode === 'enforce';
    if (verdict.allow) return admit(exchange, verdict, before, isEnforced);
    rail.denials += 1;
    denials.request(slot.name, isEnforced, exchange, verdict);
    if (!isEnforced) return before;
    exchange.servedBy = slot.name;
    return verdict;
  }

  return {
    bodyBytesWanted(exchange) {
      const { bodyBytes, guards } = table();
      return bodyBytes === 0 ? 0 : bytesWanted(guards, exchange);
    },
    admit: (exchange) => admitFrom(table().guards, 0, exchange, admitted),
  };
}

function bytesWanted(guards: readonly Entry<Guard>[], exchange: ExchangeRecord): number {
  let most = 0;
  for (const { hook, rail } of guards) {
    const bytes = hook.body === undefined ? 0 : hook.body.maxBytes;
    if (bytes > most && exchange.meets(hook.match) && rail.isOpen) most = bytes;
  }
  return most;
}

/** Whoever it is from is known in both modes; header fields are only added when the plugin may act. */
function admit(exchange: ExchangeRecord, verdict: Allowed, before: Admitted, isEnforced: boolean): Admitted {
  if (verdict.principal !== undefined) exchange.principal = verdict.principal;
  if (!isEnforced || (verdict.backendHeaders === undefined && verdict.replyHeaders === undefined))
    return before;
  // Mostly one guard adds anything, and what it answered says it all.
  if (before === admitted) return verdict;
  return {
    allow: true,
    backendHeaders: joined(before.backendHeaders, verdict.backendHeaders),
    replyHeaders: joined(before.replyHeaders, verdict.replyHeaders),
  };
}

type Fields = readonly (readonly [name: string, value: string])[];

const joined = (before: Fields = [], added: Fields = []): Fields =>
  before.length === 0 ? added : [...before, ...added];

/** A plugin in JavaScript has no compiler: an answer that is no verdict is a failure, not a yes. */
function assertVerdict(verdict: Verdict): void {
  const isVerdict =
    typeof verdict === 'object' &&
    verdict !== null &&
    (verdict.allow === true || (verdict.allow === false && Number.isInteger(verdict.status)));
  if (!isVerdict)
    throw new OutriderError('guard_failed', 'It answered with something that is not a verdict.');
  if (verdict.allow && verdict.backendHeaders !== undefined) assertOwnFields(verdict.backendHeaders);
}

/** Lists that their guard froze, and that were checked once: they are the same for every request. */
const checkedFields = new WeakSet<Fields>();

function assertOwnFields(fields: Fields): void {
  if (checkedFields.has(fields)) return;
  for (const [name] of fields) {
    if (!/^x-outrider-/i.test(name))
      throw new OutriderError('guard_failed', `It may only add x-outrider-… header fields, not ${name}.`);
  }
  if (isFrozenWhole(fields)) checkedFields.add(fields);
}

const failureVerdict = ({ hook, rail }: Entry<Guard>): Verdict =>
  hook.onFailure === 'allow'
    ? allowed
    : deny(503, errorTable.guard_failed.title, {
        code: 'guard_failed',
        retryAfterSeconds: rail.retryAfterSeconds,
      });

const late = (): Error => new Error(`The guard did not answer within ${policy.guardMs} ms.`);
