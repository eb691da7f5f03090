import type { Action } from '../../shared/view.ts';
import type { OpenFinding, PanelMoment, Status } from '../../shared/protocol.ts';

import type { ConnectionState } from '../gateway/live-connection.ts';
import type { PanelMessage, SeenPanel } from '../gateway/panel-views.ts';
import type { DashboardId } from './catalogue.ts';
import type { Catalogue } from './session.ts';

/** From whoever owns the connection (the extension host, or the page itself) to what draws a dashboard. */
export type ToDashboard =
  | { readonly kind: 'dashboard'; readonly dashboard: DashboardId }
  | { readonly kind: 'connection'; readonly connection: ConnectionState }
  | { readonly kind: 'catalogue'; readonly catalogue: Catalogue }
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'findings'; readonly findings: readonly OpenFinding[] }
  /** Everything seen of the dashboard's panels so far; replaces what was held. */
  | { readonly kind: 'panels'; readonly panels: Readonly<Record<string, SeenPanel>> }
  | { readonly kind: 'panel'; readonly message: PanelMessage }
  /** Look at this position of the log, or (null) at what is live. */
  | { readonly kind: 'travel'; readonly position: number | null }
  /** Run this as if its button had been pressed. */
  | { readonly kind: 'act'; readonly action: Action }
  | { readonly kind: 'answer'; readonly id: number; readonly result: unknown }
  | { readonly kind: 'refusal'; readonly id: number; readonly problem: ShownProblem };

/** What was refused, in sentences for a person. */
export interface ShownProblem {
  readonly code: string;
  readonly message: string;
  readonly issues: readonly { readonly path: string; readonly message: string }[];
}

/** From what draws a dashboard to whoever owns the connection. */
export type FromDashboard =
  /** The page is there and wants everything it should show. */
  | { readonly kind: 'ready' }
  | { readonly kind: 'show'; readonly dashboard: DashboardId }
  | { readonly kind: 'open-file'; readonly file: string; readonly line: number }
  | { readonly kind: 'copy'; readonly text: string }
  | { readonly kind: 'ask'; readonly id: number; readonly question: Question };

export type Question =
  | { readonly what: 'run'; readonly command: string; readonly input: unknown }
  | { readonly what: 'panel-at'; readonly panel: string; readonly position: number }
  | { readonly what: 'compare'; readonly panel: string; readonly from: number; readonly to: number };

/** What each question is answered with. */
export interface Answers {
  readonly run: unknown;
  readonly 'panel-at': PanelMoment;
  readonly compare: { readonly from: PanelMoment; readonly to: PanelMoment };
}
