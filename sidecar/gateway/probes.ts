import express, { type Router } from 'express';
import type { Status } from '../../shared/index.ts';
import { sendJson } from './answer.ts';

/**
 * For orchestrators, which can hold no token and probe by address. `/healthz`: the process answers. `/readyz`: traffic may be sent
 * here: 200 also while degraded, with the reasons, since traffic flows then; 503 while draining.
 */
export function probes(status: () => Status): Router {
  const router = express.Router();
  router.get('/healthz', (_request, response) => sendJson(response, 200, { state: 'alive' }));
  router.get('/readyz', (_request, response) => {
    const { state, reasons } = status();
    sendJson(response, state === 'draining' ? 503 : 200, { state, reasons });
  });
  return router;
}
