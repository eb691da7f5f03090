import type { DashboardId } from '../dashboards/catalogue.ts';
import type { ToDashboard } from '../dashboards/messages.ts';
import type { Catalogue } from '../dashboards/session.ts';
import type { ConnectionState } from '../gateway/live-connection.ts';
import { afterMessage, type SeenPanel } from '../gateway/panel-views.ts';
import type { OpenFinding, PanelInfo, Status } from '../../shared/protocol.ts';

/** Everything a dashboard shows. Changed only by `afterReceived` and by the person at it. */
export interface Model {
  readonly dashboard: DashboardId;
  readonly connection: ConnectionState;
  readonly catalogue: Catalogue;
  readonly isCatalogueKnown: boolean;
  readonly status: Status | null;
  /** The last minute or so, the newest last: one a second. */
  readonly statuses: readonly Status[];
  readonly findings: readonly OpenFinding[];
  readonly panels: Readonly<Record<string, SeenPanel>>;
  readonly moment: Moment;
}

/** The time looked at. */
export type Moment =
  | { readonly kind: 'live' }
  | { readonly kind: 'past'; readonly position: number }
  | { readonly kind: 'compare'; readonly from: number; readonly to: number };

export const firstModel: Model = {
  dashboard: 'overview',
  connection: { kind: 'connecting' },
  catalogue: { panels: [], commands: [], plugins: [] },
  isCatalogueKnown: false,
  status: null,
  statuses: [],
  findings: [],
  panels: {},
  moment: { kind: 'live' },
};

const keptStatuses = 90;

export function afterReceived(model: Model, message: ToDashboard): Model {
  switch (message.kind) {
    case 'dashboard':
      return message.dashboard === model.dashboard
        ? model
        : { ...model, dashboard: message.dashboard, panels: {} };
    case 'connection':
      return { ...model, connection: message.connection };
    case 'catalogue':
      return {
        ...model,
        catalogue: message.catalogue,
        isCatalogueKnown: message.catalogue.commands.length > 0,
      };
    case 'status':
      return {
        ...model,
        status: message.status,
        statuses: [...ofSameRun(model.statuses, message.status), message.status].slice(-keptStatuses),
      };
    case 'findings':
      return { ...model, findings: message.findings };
    case 'panels':
      return { ...model, panels: message.panels };
    case 'panel':
      return afterPanel(model, message.message);
    case 'travel':
      return {
        ...model,
        moment: message.position === null ? { kind: 'live' } : { kind: 'past', position: message.position },
      };
    default:
      return model;
  }
}

/** Another sidecar, or the same started again, begins its figures anew. */
function ofSameRun(statuses: readonly Status[], { startedAt }: Status): readonly Status[] {
  return statuses.filter((status) => status.startedAt === startedAt);
}

/** A patch that does not fit is left: the owner of the connection finds the same and asks for the whole view. */
function afterPanel(model: Model, message: Extract<ToDashboard, { kind: 'panel' }>['message']): Model {
  const next = afterMessage(model.panels[message.panel], message);
  return next === null ? model : { ...model, panels: { ...model.panels, [message.panel]: next } };
}

/** The panels of the dashboard looked at, in the order of the gateway. */
export function shownPanels(model: Model): readonly PanelInfo[] {
  return model.catalogue.panels.filter(({ dashboard }) => dashboard === model.dashboard);
}

export function headOf(model: Model): number {
  const seen = Object.values(model.panels).map(({ position }) => position);
  return Math.max(model.status?.log.head ?? 0, ...seen);
}
