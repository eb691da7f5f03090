import type { Status } from '../../shared/protocol.ts';
import type { ConnectionState } from '../gateway/live-connection.ts';

/** The status bar's text, with VS Code's `$(icon)` marks, and the markdown shown above it. */
export interface StatusLine {
  readonly text: string;
  readonly tooltip: string;
  readonly isConnected: boolean;
  readonly isAlarming: boolean;
}

export function statusLine(
  state: ConnectionState,
  status: Status | null,
  gateway: string | null,
): StatusLine {
  if (state.kind !== 'live')
    return { ...wordsFor(state), isConnected: false, isAlarming: state.kind === 'refused' };
  if (status === null)
    return {
      text: '$(pulse) Outrider',
      tooltip: `Connected to ${gateway}.`,
      isConnected: true,
      isAlarming: false,
    };
  const findings = status.openFindings === 0 ? '' : ` $(warning) ${status.openFindings}`;
  const icon = status.state === 'ready' ? '$(pulse)' : '$(alert)';
  return {
    text: `${icon} ${perSecond(status.http.perSecond)} req/s${findings}`,
    tooltip: tooltipOf(status, gateway),
    isConnected: true,
    isAlarming: status.state !== 'ready',
  };
}

function wordsFor(state: Exclude<ConnectionState, { kind: 'live' }>) {
  switch (state.kind) {
    case 'connecting':
      return { text: '$(sync~spin) Outrider', tooltip: 'Connecting to the sidecar.' };
    case 'waiting':
      return {
        text: '$(debug-disconnect) Outrider',
        tooltip: `${state.reason} It is tried again by itself.`,
      };
    case 'refused':
      return { text: '$(alert) Outrider', tooltip: state.reason };
    case 'closed':
      return { text: '$(debug-disconnect) Outrider', tooltip: 'No sidecar. Click to connect to one.' };
  }
}

function tooltipOf(status: Status, gateway: string | null): string {
  const lines = [
    `**Outrider ${status.version}** at ${gateway}`,
    `${perSecond(status.http.perSecond)} requests/s, ${perSecond(status.http.errorsPerSecond)} errors/s, ${status.http.inFlight} in flight`,
    `${perSecond(status.sql.perSecond)} statements/s on ${status.sql.connections} connections`,
    `${status.openFindings} open findings, log at ${status.log.head.toLocaleString('en')}`,
    ...status.reasons,
  ];
  return lines.join('\n\n');
}

/** A rate for a person: one decimal below a hundred. */
export function perSecond(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString('en') : String(Number(value.toFixed(1)));
}
