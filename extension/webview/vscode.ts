import type { ToDashboard } from '../dashboards/messages.ts';
import { mountApp } from './app.ts';
import type { Port } from './port.ts';
import './style.css';

declare function acquireVsCodeApi(): { postMessage(message: unknown): void; setState(state: unknown): void };

/** In VS Code the extension host owns the connection; messages go to and fro. */
function vscodePort(): Port {
  const api = acquireVsCodeApi();
  return {
    post: (message) => api.postMessage(message),
    listen: (call) =>
      window.addEventListener('message', ({ data }: MessageEvent<ToDashboard>) => {
        // After a reload of the window the editor gives this back, and the same dashboard comes up again.
        if (data.kind === 'dashboard') api.setState({ dashboard: data.dashboard });
        call(data);
      }),
  };
}

const root = document.getElementById('root');
if (root !== null) mountApp(root, { port: vscodePort(), hasNavigation: false });
