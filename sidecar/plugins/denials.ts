import { GuardDenied, type Denied, type Exchange, type StatementAttempt } from '../../shared/index.ts';
import type { EventAbout } from '../record/recorder.ts';
import type { Clock } from './clock.ts';

/** Records what guards refused: every one while they are few, folded with a count when they come in a flood. */
export interface Denials {
  request(plugin: string, isEnforced: boolean, exchange: Exchange, denied: Denied): void;
  statement(plugin: string, isEnforced: boolean, attempt: StatementAttempt, denied: SqlDenied): void;
  /** Records what was folded in windows that are over; `all` also in those still open. */
  flush(all?: boolean): void;
}

export interface SqlDenied {
  readonly reason: string;
  readonly details?: unknown;
}

type Data = (typeof GuardDenied)['schema']['_zod']['output'];

interface Window {
  readonly startedMs: number;
  kept: number;
  folded: number;
  /** The one that stands for those folded: the latest. */
  latest: { readonly data: Data; readonly about: EventAbout } | null;
}

/** Kept one by one per second, plugin and route. */
const keptPerSecond = 20;
/** Kept one by one per second in all: each is written to disk before anything else is. */
const keptPerSecondInAll = 200;
/** Windows open at once; an attacker chooses routes, so what is above shares one window. */
const maxWindows = 100;

export function createDenials(record: (data: Data, about: EventAbout) => void, clock: Clock): Denials {
  const windows = new Map<string, Window>();
  let inAll = { second: 0, kept: 0 };

  function add(route: string, data: Data, about: EventAbout): void {
    const window = windowOf(`${data.plugin} ${route}`);
    if (window.kept < keptPerSecond && hasRoom()) {
      window.kept += 1;
      record(data, about);
      return;
    }
    window.folded += 1;
    window.latest = { data, about };
  }

  function hasRoom(): boolean {
    const second = Math.floor(clock.nowMs() / 1000);
    if (second !== inAll.second) inAll = { second, kept: 0 };
    inAll.kept += 1;
    return inAll.kept <= keptPerSecondInAll;
  }

  function windowOf(key: string): Window {
    const nowMs = clock.nowMs();
    const open = windows.get(key);
    if (open && nowMs - open.startedMs < 1000) return open;
    if (open) close(key, open);
    if (windows.size >= maxWindows && key !== overflow) return windowOf(overflow);
    const opened: Window = { startedMs: nowMs, kept: 0, folded: 0, latest: null };
    windows.set(key, opened);
    return opened;
  }

  function close(key: string, { folded, latest }: Window): void {
    windows.delete(key);
    if (latest) record({ ...latest.data, count: folded }, latest.about);
  }

  return {
    request: (plugin, isEnforced, exchange, denied) =>
      add(
        exchange.request.route,
        {
          ...verdictOf(plugin, isEnforced, denied),
          code: denied.code,
          status: denied.status,
          exchangeId: exchange.id,
          ...placeOf(exchange),
        },
        { exchangeId: exchange.id, traceId: exchange.traceId },
      ),
    statement: (plugin, isEnforced, attempt, denied) =>
      add(
        attempt.fingerprint,
        {
          ...verdictOf(plugin, isEnforced, denied),
          code: 'statement_refused',
          status: 403,
          exchangeId: attempt.exchangeId,
          ...nowhere,
          statement: { fingerprint: attempt.fingerprint, text: attempt.text.slice(0, maxTextLength) },
        },
        { exchangeId: attempt.exchangeId },
      ),
    flush(all = false) {
      const nowMs = clock.nowMs();
      for (const [key, window] of windows) if (all || nowMs - window.startedMs >= 1000) close(key, window);
    },
  };
}

const overflow = '(other)';
/** The cut of a statement's text in every event. */
const maxTextLength = 16 * 1024;
const nowhere = { method: '', route: '', clientAddress: '', principal: null };

const verdictOf = (plugin: string, isEnforced: boolean, { reason, details }: SqlDenied) => ({
  plugin,
  isEnforced,
  reason,
  details: details ?? null,
  count: 1,
});

const placeOf = ({ request, principal }: Exchange) => ({
  method: request.method,
  route: request.route,
  clientAddress: request.clientAddress,
  principal,
});
