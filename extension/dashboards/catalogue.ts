import type { PanelInfo } from '../../shared/protocol.ts';

export type DashboardId = PanelInfo['dashboard'];

export interface DashboardInfo {
  readonly id: DashboardId;
  readonly title: string;
  /** One line below the title: what is seen here. */
  readonly summary: string;
}

/** Every dashboard, in the order they are offered. */
export const dashboards: readonly DashboardInfo[] = [
  { id: 'overview', title: 'Overview', summary: 'Traffic, statements and what needs a look' },
  { id: 'security', title: 'Security', summary: 'Who was refused, from where and by which rule' },
  { id: 'keys', title: 'API keys', summary: 'Who may call, and how much they do' },
  { id: 'queries', title: 'Queries and indexes', summary: 'What PostgreSQL is asked, and what it costs' },
  { id: 'events', title: 'Events', summary: 'What has happened, stream by stream' },
  { id: 'cache', title: 'Cache and load', summary: 'What was answered without the backend, and what waits' },
  { id: 'plugins', title: 'Plugins', summary: 'What is installed, what it may touch and what it takes' },
];

export function dashboardInfo(id: string): DashboardInfo | undefined {
  return dashboards.find((dashboard) => dashboard.id === id);
}
