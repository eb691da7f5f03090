import { GuardDenied, type Recorded } from '../../shared/index.ts';
import { MatchReported, matchDetails, type MatchDetails } from './events.ts';

/** One attempt, refused or only told. */
export interface Attempt {
  readonly key: string;
  readonly at: string;
  readonly exchangeId: string | null;
  readonly method: string;
  readonly route: string;
  readonly clientAddress: string;
  readonly outcome: 'refused' | 'would be refused' | 'told';
  readonly details: MatchDetails;
  /** How many alike it stands for. */
  readonly count: number;
}

/** The attempt behind an event; null for an event that is none of this plugin's. */
export function attemptOf(event: Recorded): Attempt | null {
  if (event.type === GuardDenied.name) return refused(event);
  return event.type === MatchReported.name ? told(event) : null;
}

function refused({ id, at, exchangeId, data }: Recorded): Attempt | null {
  const denied = GuardDenied.schema.safeParse(data);
  if (!denied.success || denied.data.plugin !== 'injection-filter' || denied.data.statement) return null;
  const details = matchDetails.safeParse(denied.data.details);
  if (!details.success) return null;
  const { method, route, clientAddress, isEnforced, count } = denied.data;
  const outcome = isEnforced ? 'refused' : 'would be refused';
  return { key: id, at, exchangeId, method, route, clientAddress, outcome, count, details: details.data };
}

function told({ id, at, exchangeId, data }: Recorded): Attempt | null {
  const reported = MatchReported.schema.safeParse(data);
  if (!reported.success) return null;
  const { method, route, clientAddress, why: _why, ...details } = reported.data;
  return { key: id, at, exchangeId, method, route, clientAddress, outcome: 'told', count: 1, details };
}
