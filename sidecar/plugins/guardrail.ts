import type { Clock } from './clock.ts';
import { policy } from './policy.ts';

/** What a guardrail tells when it acts. */
export interface RailEvents {
  failed(hook: string, error: unknown): void;
  suspended(hook: string, reason: string, untilMs: number): void;
  resumed(hook: string): void;
}

type State = 'running' | 'suspended' | 'trying';

/**
 * Counts one hook's calls and failures and suspends it when it fails too often, for a second at first. Once the
 * suspension is over one call is let through: when it succeeds the hook runs again, when it fails the hook is suspended
 * anew, for twice as long.
 */
export class Guardrail {
  readonly hook: string;
  calls = 0;
  failures = 0;
  denials = 0;
  readonly #clock: Clock;
  readonly #events: RailEvents;
  #failedAtMs: number[] = [];
  #state: State = 'running';
  #untilMs = 0;
  #lastForMs = 0;
  #isByHand = false;
  #reason = '';
  #timedCalls = 0;
  #timedMs = 0;

  constructor(hook: string, clock: Clock, events: RailEvents) {
    this.hook = hook;
    this.#clock = clock;
    this.#events = events;
  }

  /** False while suspended; the first call after the suspension is the trial. */
  mayRun(): boolean {
    if (this.#state === 'running') return true;
    if (this.#state === 'trying' || this.#clock.nowMs() < this.#untilMs) return false;
    this.#state = 'trying';
    return true;
  }

  /** True when a call now would be let through; takes no trial. */
  get isOpen(): boolean {
    return this.#state === 'running' || (this.#state === 'suspended' && this.#clock.nowMs() >= this.#untilMs);
  }

  /** True when a person set the hook aside: then it is as if it were not there, whatever its `onFailure` says. */
  get isSetAside(): boolean {
    return this.#state !== 'running' && this.#isByHand;
  }

  get suspension(): { readonly reason: string; readonly untilMs: number } | null {
    return this.#state === 'running' ? null : { reason: this.#reason, untilMs: this.#untilMs };
  }

  get microsecondsMean(): number {
    return this.#timedCalls === 0 ? 0 : Math.round((this.#timedMs / this.#timedCalls) * 10_000) / 10;
  }

  /** Counts a call. Reads the clock for one call in 64, because two reads cost as much as a cheap guard. */
  begin(): number {
    this.calls += 1;
    return (this.calls & 63) === 1 ? performance.now() : -1;
  }

  /** Ends a call that did not fail; `startedMs` is what `begin` answered. */
  succeeded(startedMs: number): void {
    if (startedMs >= 0) this.#timed(startedMs);
    if (this.#state === 'trying') this.resume();
  }

  failed(error: unknown): void {
    this.failures += 1;
    this.#events.failed(this.hook, error);
    const nowMs = this.#clock.nowMs();
    this.#failedAtMs = [...this.#failedAtMs.filter((each) => each > nowMs - policy.failureWindowMs), nowMs];
    const isTooMuch = this.#failedAtMs.length >= policy.failures;
    if (this.#state === 'trying' || (this.#state === 'running' && isTooMuch)) {
      this.#suspend(reasonOf(error), this.#nextSuspensionMs(nowMs), false);
    }
  }

  /** Begins anew once the last suspension is as long ago as failures are counted. */
  #nextSuspensionMs(nowMs: number): number {
    const isLongAgo = nowMs - this.#untilMs > policy.failureWindowMs;
    const doubledMs = isLongAgo ? 0 : this.#lastForMs * 2;
    this.#lastForMs = Math.min(policy.suspensionMs, Math.max(policy.firstSuspensionMs, doubledMs));
    return this.#lastForMs;
  }

  /** Until the next trial, at least 1: what a refused client is told to wait. */
  get retryAfterSeconds(): number {
    return Math.max(1, Math.ceil((this.#untilMs - this.#clock.nowMs()) / 1000));
  }

  /** A person suspends the hook for a while. */
  setAside(reason: string, forMs: number): void {
    this.#suspend(reason, forMs, true);
  }

  #suspend(reason: string, forMs: number, isByHand: boolean): void {
    this.#state = 'suspended';
    this.#isByHand = isByHand;
    this.#reason = reason;
    this.#untilMs = this.#clock.nowMs() + forMs;
    this.#events.suspended(this.hook, reason, this.#untilMs);
  }

  resume(): void {
    if (this.#state === 'running') return;
    this.#state = 'running';
    this.#failedAtMs = [];
    this.#events.resumed(this.hook);
  }

  #timed(startedMs: number): void {
    this.#timedCalls += 1;
    this.#timedMs += performance.now() - startedMs;
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
