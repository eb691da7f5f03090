import { h, type ComponentChild } from 'preact';
import { useState } from 'preact/hooks';
import { dashboardInfo } from '../dashboards/catalogue.ts';
import type { ConnectionState } from '../gateway/live-connection.ts';
import { Draw } from './draw.ts';
import { Findings } from './findings.ts';
import { Icon } from './icon.ts';
import { useMasonry } from './masonry.ts';
import { headOf, shownPanels, type Model, type Moment } from './model.ts';
import { Panel } from './panel.ts';
import type { Asker } from './port.ts';
import { pluginsView, statusView } from './status-view.ts';
import { TimeBar } from './time-bar.ts';
import { Progress } from './toolkit.ts';

interface PageProps {
  readonly model: Model;
  readonly asker: Pick<Asker, 'ask'>;
  onMoment(change: (now: Moment) => Moment): void;
  openFile(file: string, line: number): void;
}

/** A dashboard: what it is, the time looked at, and its panels. */
export function Page(props: PageProps): ComponentChild {
  const { model, onMoment } = props;
  const [times, setTimes] = useState<Readonly<Record<number, string>>>({});
  const info = dashboardInfo(model.dashboard);
  const onTime = (position: number, at: string) => setTimes((known) => ({ ...known, [position]: at }));
  return h(
    'main',
    { class: 'page', 'data-dashboard': model.dashboard },
    h(
      'header',
      { class: 'page-head' },
      h('div', null, h('h1', null, info?.title ?? model.dashboard), h('p', { class: 'dim' }, info?.summary)),
      h(ConnectionChip, { connection: model.connection }),
    ),
    h(Banner, { model }),
    h(TimeBar, { moment: model.moment, head: headOf(model), times, onMoment }),
    h(Panels, { ...props, onTime }),
  );
}

function Panels(props: PageProps & { onTime(position: number, at: string): void }): ComponentChild {
  const { model, asker, onTime, openFile } = props;
  const panels = shownPanels(model);
  const isLive = model.moment.kind === 'live';
  const status = model.dashboard === 'overview' && isLive ? statusView(model.statuses) : null;
  return h(
    'div',
    { class: 'panels' },
    status !== null && h(Place, { children: h(Draw, { view: status }) }),
    model.dashboard === 'overview' &&
      isLive &&
      h(Place, { children: h(Findings, { findings: model.findings, openFile }) }),
    model.dashboard === 'plugins' && isLive && h(InstalledPlugins, { model }),
    panels.map((info) =>
      h(Panel, { key: info.id, info, seen: model.panels[info.id], moment: model.moment, asker, onTime }),
    ),
    panels.length === 0 && h(NoPanels, { model }),
  );
}

/** The whole width. */
function Place({ children }: { readonly children: ComponentChild }): ComponentChild {
  return h('div', { ref: useMasonry(), class: 'place wide' }, h('div', null, children));
}

function InstalledPlugins({ model }: { readonly model: Model }): ComponentChild {
  const { plugins, commands } = model.catalogue;
  const view = pluginsView(plugins, new Set(commands.map(({ id }) => id)));
  const panel = h('section', { class: 'panel', 'aria-label': 'Installed plugins' }, h(Draw, { view }));
  return h(Place, { children: panel });
}

function NoPanels({ model }: { readonly model: Model }): ComponentChild {
  if (!model.isCatalogueKnown)
    return h('div', { class: 'waiting tall wide', role: 'status' }, h(Progress, { label: 'Loading' }));
  if (model.dashboard === 'overview' || model.dashboard === 'plugins') return null;
  return h(
    'div',
    { class: 'nothing tall wide' },
    h(Icon, { name: model.dashboard }),
    h('h2', null, 'Nothing is shown here yet'),
    h(
      'p',
      { class: 'dim' },
      'No running plugin has a panel for this dashboard. One appears as soon as it runs.',
    ),
  );
}

function ConnectionChip({ connection }: { readonly connection: ConnectionState }): ComponentChild {
  return h(
    'span',
    { class: `chip is-${connection.kind}`, role: 'status', 'data-connection': connection.kind },
    h('i', { 'aria-hidden': 'true' }),
    connectionWord(connection),
  );
}

function connectionWord(connection: ConnectionState): string {
  switch (connection.kind) {
    case 'live':
      return 'Live';
    case 'connecting':
      return 'Connecting';
    case 'waiting':
      return 'Reconnecting';
    case 'refused':
      return 'Refused';
    case 'closed':
      return 'Not connected';
  }
}

/** What is still shown is from before. */
function bannerOf(connection: Extract<ConnectionState, { kind: 'waiting' | 'refused' }>): string {
  if (connection.kind === 'refused') return connection.reason;
  return `${connection.reason} It is tried again by itself; what is shown is from before.`;
}

function Banner({ model }: { readonly model: Model }): ComponentChild {
  const { connection, status } = model;
  if (connection.kind === 'waiting' || connection.kind === 'refused')
    return h('p', { class: 'banner tone-warning', role: 'alert' }, bannerOf(connection));
  if (status === null || status.state === 'ready') return null;
  const text =
    status.state === 'draining'
      ? 'The sidecar is stopping: it lets what is in flight finish.'
      : `The sidecar is degraded. ${status.reasons.join(' ')}`;
  return h('p', { class: 'banner tone-warning', role: 'alert' }, text);
}
