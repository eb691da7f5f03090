import { h, type ComponentChild } from 'preact';
import { dashboards, type DashboardId } from '../dashboards/catalogue.ts';
import { Icon } from './icon.ts';
import { Mark } from './mark.ts';
import type { Model } from './model.ts';
import { perSecond } from '../dashboards/status-line.ts';
import { Badge } from './toolkit.ts';

interface NavigationProps {
  readonly model: Model;
  onShow(dashboard: DashboardId): void;
}

/** The way between dashboards in a browser; VS Code has its own. */
export function Navigation({ model, onShow }: NavigationProps): ComponentChild {
  return h(
    'nav',
    { class: 'navigation', 'aria-label': 'Dashboards' },
    h('div', { class: 'brand' }, h(Mark, null), h('span', null, 'Outrider')),
    dashboards.map(({ id, title }) =>
      h(
        'a',
        {
          key: id,
          href: `#${id}`,
          title,
          'aria-current': id === model.dashboard ? 'page' : undefined,
          onClick(event: Event) {
            event.preventDefault();
            onShow(id);
          },
        },
        h(Icon, { name: id }),
        h('span', null, title),
        id === 'overview' &&
          model.findings.length > 0 &&
          h(Badge, { children: String(model.findings.length) }),
      ),
    ),
    h(Foot, { model }),
  );
}

function Foot({ model }: { readonly model: Model }): ComponentChild {
  const { status } = model;
  if (status === null) return h('div', { class: 'nav-foot dim' }, 'Waiting for the sidecar …');
  return h(
    'div',
    { class: 'nav-foot dim' },
    h('div', null, `${perSecond(status.http.perSecond)} requests/s`),
    h('div', null, `${perSecond(status.sql.perSecond)} statements/s`),
    h('div', { title: status.addresses.upstream ?? undefined }, `version ${status.version}`),
  );
}
