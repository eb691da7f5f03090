import type { Log } from '../../shared/index.ts';
import type { Limits } from '../config-schema.ts';
import type { ExchangeSettings } from './exchange-record.ts';
import type { ForwardRules } from './forward.ts';
import type { Pipeline } from './pipeline.ts';
import type { UpstreamPool } from './upstream-pool.ts';

/** What all connections of one proxy share. */
export interface Machine {
  readonly pipeline: Pipeline;
  readonly limits: Limits;
  readonly log: Log;
  readonly pool: UpstreamPool;
  readonly rules: ForwardRules;
  readonly settings: ExchangeSettings;
  readonly monotonicMs: () => number;
  /** `monotonicMs` as the last sweep read it: exact enough for deadlines, and free. */
  sweptMs: number;
  isDraining: boolean;
  inFlight: number;
  readonly counts: Counts;
}

/** Counted since the start. */
export interface Counts {
  requests: number;
  /** Connections handed to `node:http`. */
  handedOver: number;
  /** Requests that were not well-formed and have no exchange. */
  malformed: number;
}
