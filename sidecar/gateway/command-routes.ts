import type { NextFunction, Request, Response, Router } from 'express';
import express from 'express';
import { OutriderError, type Principal } from '../../shared/index.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import { sendJson } from './answer.ts';
import { commandAddresses, commandAt } from './command-addresses.ts';
import { fieldsOf, mergedInput } from './command-input.ts';

type CommandHost = Pick<PluginHost, 'commands' | 'command' | 'run' | 'onChanged'>;

/** Commands over HTTP: `POST /api/commands/:plugin/:name`, and the addresses commands bring of their own. */
export function commandRoutes(host: CommandHost): { readonly router: Router; readonly close: () => void } {
  const router = express.Router({ caseSensitive: true });
  let addresses = commandAddresses(host);
  const close = host.onChanged((what) => {
    if (what === 'plugins') addresses = commandAddresses(host);
  });

  router.post('/api/commands/:plugin/:name', async (request, response) => {
    const id = `${request.params.plugin}/${request.params.name}`;
    const output = await host.run(id, fieldsOf(request.body), actorOf(request), signalOf(response));
    sendJson(response, 200, output ?? null);
  });
  router.all('/api/commands/:plugin/:name', (_request, response) => refuseMethod(response, ['POST']));

  router.use(async (request: Request, response: Response, next: NextFunction) => {
    const found = commandAt(addresses, request.method, request.path);
    if (!found) return next();
    if (!('address' in found)) return refuseMethod(response, found);
    const { info, http } = found.address;
    const { path } = found;
    const input = mergedInput(info.inputSchema, { path, query: request.query, body: request.body });
    const output = await host.run(info.id, input, actorOf(request), signalOf(response));
    if (http.status === 204) return void response.status(204).end();
    sendJson(response, http.status ?? 200, output ?? null);
  });

  return { router, close };
}

/** RFC 9110 §15.5.6: a 405 names the methods there are. */
export function refuseMethod(response: Response, methods: readonly string[]): never {
  response.set('allow', methods.join(', '));
  throw new OutriderError('method_not_allowed', `It takes ${methods.join(', ')}.`);
}

/** Everyone who holds the token is one principal; what they call themselves only labels the audit log. */
export function actorOf(request: Request, fallback = 'gateway'): Principal {
  const label = request.get('x-outrider-actor') ?? fallback;
  if (!/^[\x20-\x7e]{1,100}$/.test(label)) {
    throw new OutriderError('input_invalid', 'X-Outrider-Actor takes 1 to 100 printable ASCII characters.');
  }
  return { kind: 'token', id: 'gateway', label };
}

/** Aborts when whoever asked has gone. */
export function signalOf(response: Response): AbortSignal {
  const controller = new AbortController();
  response.on('close', () => controller.abort());
  return controller.signal;
}
