import { build, packageVsix } from '../../scripts/build.ts';
import { startDemo } from './start.ts';

/** `npm run demo`: everything at once on this machine, until Ctrl+C. */
async function main(): Promise<void> {
  // From the first moment: the parts run in process groups of their own and would stay behind.
  const stopAsked = interrupted();
  await build();
  const [demo] = await Promise.all([
    startDemo({ workspace: process.cwd(), hasUsualPorts: true, isInTerminal: true, say: console.log }),
    packageVsix(),
  ]);
  console.log(`
Outrider runs.

  Dashboards   ${demo.dashboardUrl}
  Proxy        ${demo.proxyUrl}   (the agent builder itself: ${demo.backendUrl})
  SQL tap      ${demo.tapUrl.replace(/:[^:@/]*@/, ':…@')}

  Try          curl -H 'X-API-Key: ${demo.key}' '${demo.proxyUrl}/api/agents?limit=3'
               curl -H 'X-API-Key: ${demo.key}' "${demo.proxyUrl}/api/search?q='%20OR%201=1--"
  In VS Code   install extension/dist/outrider.vsix and open this folder: it finds the sidecar by itself.

Traffic with attacks among it runs until you press Ctrl+C.`);
  await stopAsked;
  console.log('\nStopping …');
  await demo.stop();
  console.log('Everything is stopped.');
}

/** Resolves with Ctrl+C, a request to stop, or a closed terminal; whatever follows of these changes nothing. */
function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve());
  });
}

await main();
