import { ChurnMap } from '../../shared/index.ts';

/** One read of one thing by a client: `GET /agents/:id`. */
export interface Visit {
  readonly who: string;
  readonly route: string;
  readonly target: string;
  readonly atMs: number;
  readonly durationMs: number;
  readonly position: number;
}

/** A client that asked for one thing after the other of a kind, within a short time. */
export interface Burst {
  readonly who: string;
  readonly route: string;
  readonly count: number;
  readonly totalMs: number;
  readonly positions: readonly number[];
}

export interface BurstOptions {
  readonly least: number;
  readonly withinMs: number;
}

const mostWindows = 5000;
const mostTargets = 500;

interface Window {
  readonly who: string;
  readonly route: string;
  startedMs: number;
  readonly targets: Set<string>;
  totalMs: number;
  readonly positions: number[];
}

/** Notices N+1 over HTTP: the same caller, the same route with a variable part, many different targets, in one go. */
export class Bursts {
  readonly #windows = new ChurnMap<string, Window>();
  readonly #options: BurstOptions;

  constructor(options: BurstOptions) {
    this.#options = options;
  }

  visit(visit: Visit): void {
    const key = `${visit.who} ${visit.route}`;
    const window = this.#windows.get(key) ?? this.#start(key, visit);
    if (window.targets.size >= mostTargets || window.targets.has(visit.target)) return;
    window.targets.add(visit.target);
    window.totalMs += visit.durationMs;
    if (visit.position > 0 && window.positions.length < 20) window.positions.push(visit.position);
  }

  /** The windows that are over: those with enough different targets are bursts. */
  take(nowMs: number): readonly Burst[] {
    const bursts: Burst[] = [];
    for (const [key, window] of this.#windows) {
      if (nowMs - window.startedMs < this.#options.withinMs) continue;
      this.#windows.delete(key);
      if (window.targets.size < this.#options.least) continue;
      const { who, route, totalMs, positions } = window;
      bursts.push({ who, route, count: window.targets.size, totalMs, positions });
    }
    return bursts;
  }

  #start(key: string, { who, route, atMs }: Visit): Window {
    const [oldest] = this.#windows.keys();
    if (this.#windows.size >= mostWindows && oldest !== undefined) this.#windows.delete(oldest);
    const window: Window = { who, route, startedMs: atMs, targets: new Set(), totalMs: 0, positions: [] };
    this.#windows.set(key, window);
    return window;
  }
}
