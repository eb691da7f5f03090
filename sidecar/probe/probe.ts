import { dirname } from 'node:path';
import { awaitedQueries } from './awaited-queries.ts';
import { callSites } from './call-sites.ts';
import { onDriverLoaded } from './driver-files.ts';
import { importedQueryPromise } from './drizzle-module.ts';
import { patchClient, patchNativeClient, patchPool, type Query } from './patches.ts';
import { projectRoot } from './project-root.ts';
import { settingsOf } from './settings.ts';
import { traceContexts } from './trace-context.ts';

/**
 * Preloaded into a backend (`node --import outrider/probe app.js`), it tells the SQL tap which line sent each statement of
 * `pg`, also behind what Drizzle runs when it is awaited, and which request it belongs to. It runs in the user's process:
 * nothing it does may throw, wait or be noticed.
 */
const settings = settingsOf(process.env);

if (settings.isOn) {
  const sites = callSites({ root: projectRoot(process.cwd(), settings.root), isOn: settings.hasSites });
  const traces = traceContexts(settings.hasTraces);
  const awaited = awaitedQueries(sites.above);
  const notes = {
    siteAbove: (call: Query) => sites.above(call) ?? awaited.current(),
    traceparent: traces.current,
    isNaming: settings.hasNamed,
  };
  onDriverLoaded({
    client: (exported) => patchClient(exported, notes),
    nativeClient: (exported) => patchNativeClient(exported, notes),
    pool: (exported) => patchPool(exported, { ...notes, bind: traces.bind }),
    queryPromise: awaited.patch,
  });
  const started = process.argv[1] === undefined ? [] : [dirname(process.argv[1])];
  if (settings.hasSites) awaited.patch(await importedQueryPromise([...started, process.cwd()]));
}
