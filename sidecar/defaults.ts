import type { Plugin } from '../shared/index.ts';
import apiKeys from '../plugins/api-keys/index.ts';
import codeLines from '../plugins/code-lines/index.ts';
import eventStore from '../plugins/event-store/index.ts';
import injectionFilter from '../plugins/injection-filter/index.ts';
import nPlusOne from '../plugins/n-plus-one/index.ts';
import slowQueries from '../plugins/slow-queries/index.ts';
import telemetry from '../plugins/telemetry/index.ts';

/** The built-in plugins, in the order they run in when the configuration does not list them: who it is comes first. */
export const builtIns: readonly Plugin[] = [
  apiKeys,
  injectionFilter,
  slowQueries,
  nPlusOne,
  codeLines,
  eventStore,
  telemetry,
];
