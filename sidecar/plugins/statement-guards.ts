import { errorTable, type SqlGuard, type SqlVerdict, type StatementAttempt } from '../../shared/index.ts';
import { within, type Clock } from './clock.ts';
import type { Denials } from './denials.ts';
import { policy } from './policy.ts';
import type { Entry, Table } from './table.ts';

/** Asks the `beforeSql` guards about statements, in order; the first enforced no is the answer. */
export interface StatementGuards {
  isGuarded(): boolean;
  check(attempt: StatementAttempt): SqlVerdict | Promise<SqlVerdict>;
}

const allowed: SqlVerdict = { allow: true };

export function createStatementGuards(table: () => Table, denials: Denials, clock: Clock): StatementGuards {
  function checkFrom(
    guards: readonly Entry<SqlGuard>[],
    first: number,
    attempt: StatementAttempt,
  ): SqlVerdict | Promise<SqlVerdict> {
    for (let index = first; index < guards.length; index += 1) {
      const entry = guards[index];
      if (entry === undefined) continue;
      const verdict = ask(entry, attempt);
      if (verdict instanceof Promise) {
        if (entry.slot.mode === 'enforce') return resume(guards, index, attempt, verdict);
        void verdict.then((late) => act(entry, attempt, late));
        continue;
      }
      const answer = act(entry, attempt, verdict);
      if (!answer.allow) return answer;
    }
    return allowed;
  }

  async function resume(
    guards: readonly Entry<SqlGuard>[],
    index: number,
    attempt: StatementAttempt,
    pending: Promise<SqlVerdict>,
  ): Promise<SqlVerdict> {
    const entry = guards[index];
    const answer = entry === undefined ? allowed : act(entry, attempt, await pending);
    return answer.allow ? checkFrom(guards, index + 1, attempt) : answer;
  }

  function ask({ hook, rail, busy }: Entry<SqlGuard>, attempt: StatementAttempt) {
    if (!rail.mayRun()) return rail.isSetAside ? allowed : failureVerdict(hook.onFailure);
    const startedMs = rail.begin();
    try {
      const verdict = hook.check(attempt);
      if (verdict instanceof Promise) return settle(verdict);
      return checked(verdict);
    } catch (error) {
      rail.failed(error);
      return failureVerdict(hook.onFailure);
    }

    function checked(verdict: SqlVerdict): SqlVerdict {
      if (typeof verdict?.allow !== 'boolean') throw new TypeError('The guard answered with no verdict.');
      rail.succeeded(startedMs);
      return verdict;
    }

    async function settle(pending: Promise<SqlVerdict>): Promise<SqlVerdict> {
      busy.enter();
      try {
        return checked(await within(clock, policy.guardMs, pending, late));
      } catch (error) {
        rail.failed(error);
        return failureVerdict(hook.onFailure);
      } finally {
        busy.leave();
      }
    }
  }

  function act({ slot, rail }: Entry<SqlGuard>, attempt: StatementAttempt, verdict: SqlVerdict): SqlVerdict {
    if (verdict.allow) return allowed;
    const isEnforced = slot.mode === 'enforce';
    rail.denials += 1;
    denials.statement(slot.name, isEnforced, attempt, verdict);
    return isEnforced ? verdict : allowed;
  }

  return {
    isGuarded: () => table().sqlGuards.length > 0,
    check: (attempt) => checkFrom(table().sqlGuards, 0, attempt),
  };
}

const failureVerdict = (onFailure: SqlGuard['onFailure']): SqlVerdict =>
  onFailure === 'deny' ? { allow: false, reason: errorTable.guard_failed.title } : allowed;

const late = (): Error => new Error(`The guard did not answer within ${policy.guardMs} ms.`);
