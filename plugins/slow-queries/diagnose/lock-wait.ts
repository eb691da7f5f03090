import { quoted } from '../identifiers.ts';
import type { Case } from './case.ts';
import type { Diagnosis } from './diagnosis.ts';
import { durationText } from './figures.ts';
import type { LockWait } from './lock-watch.ts';

/** It was seen waiting for a lock while it ran, and who held it. */
export function lockWait({ execution }: Case): readonly Diagnosis[] {
  const waits = execution?.lockWaits ?? [];
  const last = waits.at(-1);
  return last && execution ? [lockDiagnosis(last, waits.length, execution.durationMs)] : [];
}

export function lockDiagnosis(wait: LockWait, samples: number, durationMs: number): Diagnosis {
  const { holder } = wait;
  const who = `${holder.application || holder.user || 'a session'} (pid ${holder.pid})`;
  const isIdle = holder.state.startsWith('idle in transaction');
  return {
    kind: 'lock-wait',
    title: `It waited for a lock that ${who} held${isIdle ? ', idle in its transaction' : ''}`,
    evidence: `Seen in ${samples} of the samples, one a second, of its ${durationText(durationMs)}. The holder's transaction was open for ${durationText(holder.transactionMs)}; its ${isIdle ? 'last' : 'running'} statement: ${holder.text || '(not visible to the user of sql.inspectUrl)'}`,
    advice: isIdle
      ? 'End the transaction before doing anything slow (a call to a model, a request); a time limit ends what is forgotten.'
      : 'Make the holding statement shorter: fewer rows at a time, indexes for its conditions, no DDL without a lock_timeout.',
    sql: isIdle
      ? `ALTER ROLE ${quoted(holder.user || 'app')} SET idle_in_transaction_session_timeout = '10s';`
      : "SET lock_timeout = '2s';",
  };
}
