import { dashboardInfo, type DashboardId } from '../dashboards/catalogue.ts';
import { relay, type Relay } from '../dashboards/relay.ts';
import { startSession } from '../dashboards/session.ts';
import type { ToDashboard } from '../dashboards/messages.ts';
import { mountApp } from './app.ts';
import type { Port } from './port.ts';
import { askToken } from './sign-in.ts';
import { forgetToken, lastRefusal, readToken, rememberToken } from './token.ts';
import './theme.css';
import './style.css';

/** In a browser the page owns the connection itself. */
async function start(root: HTMLElement): Promise<void> {
  const given = readToken(location, sessionStorage);
  if (given.isInAddress) history.replaceState(null, '', location.pathname + location.search);
  const token = given.token ?? (await askToken(root, lastRefusal(sessionStorage)));
  rememberToken(sessionStorage, token);
  root.replaceChildren();
  mountApp(root, { port: pagePort(token), hasNavigation: true });
}

/** The UI kit takes its colours over anew when the body's class changes, as VS Code changes it with its theme. */
function followColours(): void {
  const queries = ['(prefers-color-scheme: dark)', '(prefers-contrast: more)'].map((query) =>
    matchMedia(query),
  );
  const name = (): void =>
    void (document.body.className = `like-${queries.map(({ matches }) => matches).join('-')}`);
  for (const query of queries) query.addEventListener('change', name);
}

function pagePort(token: string): Port {
  const session = startSession({
    actor: 'browser',
    gateway: location.origin,
    token,
    openSocket: (url) => new WebSocket(url),
  });
  let call: (message: ToDashboard) => void = () => {};
  const joined: Relay = relay(session, dashboardInAddress(), {
    post: (message) => call(message),
    openFile: (file, line) => void copy(`${file}:${line}`),
    copy: (text) => void copy(text),
    showElsewhere(dashboard) {
      if (dashboardInAddress() !== dashboard) location.hash = dashboard;
      return false;
    },
  });
  window.addEventListener('hashchange', () => joined.show(dashboardInAddress()));
  session.onChange((change) => {
    if (change.kind !== 'connection' || change.connection.kind !== 'refused') return;
    if (!change.connection.code.startsWith('token_')) return;
    forgetToken(sessionStorage, change.connection.reason);
    location.reload();
  });
  return { post: joined.receive, listen: (wanted) => void (call = wanted) };
}

function dashboardInAddress(): DashboardId {
  return dashboardInfo(location.hash.slice(1))?.id ?? 'overview';
}

/** The clipboard needs a secure context; elsewhere the old way still works. */
async function copy(text: string): Promise<void> {
  if (navigator.clipboard !== undefined) return navigator.clipboard.writeText(text);
  const area = document.createElement('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

const root = document.getElementById('root');
followColours();
if (root !== null) await start(root);
