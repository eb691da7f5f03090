import {
  panel,
  readableSql,
  step,
  type Action,
  type Panel,
  type TimelineEntry,
  type Tone,
} from '../../shared/index.ts';
import { durationText } from './diagnose/figures.ts';
import { IdleInTransactionSeen, LockWaitSeen, PlanSeen, PoolWaitSeen, RegressionSeen } from './events.ts';

interface Entries {
  /** The newest first. */
  entries: TimelineEntry[];
}

const mostEntries = 100;
const mostTextCharacters = 300;

/** Plans and times that changed. */
const changes = panel<Entries>({
  id: 'changes',
  title: 'What changed: plans and times',
  dashboard: 'queries',
  initial: () => ({ entries: [] }),
  fold: [
    step(PlanSeen, (state: Entries, { id, at, data }) => {
      const { before, totalCost, text, fingerprint } = data;
      if (before === null) return state;
      const costs = `cost ${Math.round(before.totalCost)} → ${Math.round(totalCost)}`;
      const tone = totalCost > before.totalCost * 2 ? 'warning' : 'neutral';
      return added(state, { key: id, at, title: `Another plan: ${costs}`, text, tone, fingerprint });
    }),
    step(RegressionSeen, (state: Entries, { id, at, data }) => {
      const { p95BeforeMs, p95Ms, text, fingerprint } = data;
      const title = `Slower: p95 ${durationText(p95BeforeMs)} → ${durationText(p95Ms)}`;
      return added(state, { key: id, at, title, text, tone: 'bad', fingerprint });
    }),
  ],
  view: ({ entries }) => ({
    kind: 'timeline',
    entries,
    empty: 'No plan changed and no query became slower.',
  }),
});

/** Locks and connections that were waited for, and transactions that stood open. */
const waits = panel<Entries>({
  id: 'waits',
  title: 'Waiting: locks, connections and open transactions',
  dashboard: 'queries',
  initial: () => ({ entries: [] }),
  fold: [
    step(LockWaitSeen, (state: Entries, { id, at, data }) => {
      const { holder, text, fingerprint, durationMs } = data;
      const who = `${holder.application || holder.user || 'a session'} (${holder.state}, open for ${durationText(holder.transactionMs)})`;
      const title = `${durationText(durationMs)} waiting for a lock held by ${who}`;
      return added(state, { key: id, at, title, text, tone: 'bad', fingerprint });
    }),
    step(IdleInTransactionSeen, (state: Entries, { id, at, data }) => {
      const title = `Idle in a transaction for ${durationText(data.gapMs)}`;
      const text = `${readableSql(data.before)} … ${readableSql(data.after)}`;
      return added(state, { key: id, at, title, text, tone: 'warning', exchangeId: data.exchangeId });
    }),
    step(PoolWaitSeen, (state: Entries, { id, at, data }) => {
      const { route, gapMs, connections, text, exchangeId } = data;
      const title = `${route} waited ${durationText(gapMs)} for one of ${connections} connections`;
      return added(state, { key: id, at, title, text, tone: 'warning', exchangeId });
    }),
  ],
  view: ({ entries }) => ({
    kind: 'timeline',
    entries,
    empty: 'Nothing was seen waiting for a lock or a connection, and no transaction stood idle.',
  }),
});

export const changePanels: readonly Panel[] = [waits, changes];

interface Told {
  readonly key: string;
  readonly at: string;
  readonly title: string;
  readonly text: string;
  readonly tone: Tone;
  readonly fingerprint?: string;
  readonly exchangeId?: string | null;
}

function added(state: Entries, { key, at, title, text, tone, fingerprint, exchangeId }: Told): Entries {
  const open = openOf(fingerprint, exchangeId);
  const detail = readableSql(text).slice(0, mostTextCharacters);
  state.entries.unshift({ key, at, title, detail, tone, ...(open && { open }) });
  state.entries.splice(mostEntries);
  return state;
}

function openOf(fingerprint: string | undefined, exchangeId: string | null | undefined): Action | null {
  if (fingerprint !== undefined)
    return { label: 'Open', command: 'slow-queries/open', input: { fingerprint } };
  return exchangeId ? { label: 'Open the exchange', command: 'exchange/open', input: { exchangeId } } : null;
}
