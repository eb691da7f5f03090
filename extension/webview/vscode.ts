import type { ToDashboard } from '../dashboards/messages.ts';
import { mountApp } from './app.ts';
import type { Port } from './port.ts';
import './style.css';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void };

/** In VS Code the extension host owns the connection; messages go to and fro. */
function vscodePort(): Port {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    listen: (call) =>
      window.addEventListener('message', (event: MessageEvent<ToDashboard>) => call(event.data)),
  };
}

const root = document.getElementById('root');
if (root !== null) mountApp(root, { port: vscodePort(), hasNavigation: false });
