import { z } from 'zod';
import { definePlugin } from '../../shared/index.ts';
import { errorsPanel } from './panel-errors.ts';
import { hostPanel } from './panel-host.ts';
import { routesPanel } from './panel-routes.ts';
import { statementsPanel } from './panel-statements.ts';
import { trafficPanel } from './panel-traffic.ts';

/** The overview: what goes through the sidecar, how fast, and what goes wrong. It only folds what the host records. */
export default definePlugin({
  name: 'telemetry',
  summary: 'The overview: traffic, latency, errors, statements, and how the sidecar itself is.',
  config: z.strictObject({}),
  uses: {},
  panels: [trafficPanel, routesPanel, statementsPanel, errorsPanel, hostPanel],
  setup: () => ({}),
});
