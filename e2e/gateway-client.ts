import { answers, recordedSchema, type OpenFinding, type Recorded } from '../shared/index.ts';
import { z } from 'zod';

/** The gateway as a script sees it. */
export interface GatewayClient {
  get(path: string): Promise<Response>;
  post(path: string, body: unknown): Promise<Response>;
  events(query: Readonly<Record<string, string>>): Promise<readonly Recorded[]>;
  findings(): Promise<readonly OpenFinding[]>;
  view(panel: string, at?: number): Promise<{ readonly position: number; readonly view: unknown }>;
}

const limitMs = 40_000;

export function gatewayClient(gateway: string, token: string): GatewayClient {
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
  const get = (path: string): Promise<Response> =>
    fetch(gateway + path, { headers, signal: AbortSignal.timeout(limitMs) });
  return {
    get,
    post: (path, body) =>
      fetch(gateway + path, {
        method: 'POST',
        headers,
        body: JSON.stringify(body),
        signal: AbortSignal.timeout(limitMs),
      }),
    async events(query) {
      const response = await get(`/api/events?${new URLSearchParams(query).toString()}`);
      return z.object({ events: z.array(recordedSchema) }).parse(await response.json()).events;
    },
    findings: async () => answers.findings.parse(await (await get('/api/findings')).json()).findings,
    view: async (panel, at) =>
      answers.panel.parse(
        await (await get(`/api/panels/${panel}${at === undefined ? '' : `?at=${at}`}`)).json(),
      ),
  };
}
