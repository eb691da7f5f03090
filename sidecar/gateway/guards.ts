import type { RequestHandler } from 'express';
import type { Access } from './access.ts';

/** Express' part of who may ask: thin, so that the rules themselves need no express to be tested. */

export function checkOrigin(access: Access): RequestHandler {
  return (request, _response, next) => {
    access.checkOrigin(request);
    next();
  };
}

/** CORS (Fetch standard) for configured origins only; a preflight carries no token, so it is answered before one is asked for. */
export function cors(access: Access): RequestHandler {
  return (request, response, next) => {
    response.vary('origin');
    const origin = access.corsOrigin(request);
    if (origin === undefined) return next();
    response.set('access-control-allow-origin', origin);
    if (request.method !== 'OPTIONS') return next();
    response.set('access-control-allow-methods', 'GET, POST, PATCH, DELETE');
    response.set('access-control-allow-headers', 'authorization, content-type, x-outrider-actor');
    response.set('access-control-max-age', '600');
    response.status(204).end();
  };
}

export function requireToken(access: Access): RequestHandler {
  return (request, _response, next) => {
    access.checkBearer(request);
    next();
  };
}
