import { dashboards, type DashboardId } from './dashboards/catalogue.ts';

/**
 * Every id the extension contributes, once. `package.json` has to say the same; a test compares them.
 */
export const commandIds = {
  connect: 'outrider.connect',
  disconnect: 'outrider.disconnect',
  createKey: 'outrider.createKey',
  rotateKey: 'outrider.rotateKey',
  revokeKey: 'outrider.revokeKey',
  openKey: 'outrider.openKey',
  whoIsKey: 'outrider.whoIsKey',
  replaceKey: 'outrider.replaceKey',
  keepKey: 'outrider.keepKey',
  copyKeptKey: 'outrider.copyKeptKey',
  openExchange: 'outrider.openExchange',
  openStream: 'outrider.openStream',
  openFinding: 'outrider.openFinding',
  fixFinding: 'outrider.fixFinding',
  dismissFinding: 'outrider.dismissFinding',
  enforcePlugin: 'outrider.enforcePlugin',
  observePlugin: 'outrider.observePlugin',
  reloadPlugin: 'outrider.reloadPlugin',
  runCommand: 'outrider.runCommand',
  travel: 'outrider.travel',
  goLive: 'outrider.goLive',
  refresh: 'outrider.refresh',
  writeIndexes: 'outrider.writeIndexes',
} as const;

/** One command for each dashboard. */
export function openCommandId(dashboard: DashboardId): string {
  return `outrider.open.${dashboard}`;
}

export const openCommandIds: readonly string[] = dashboards.map(({ id }) => openCommandId(id));

export const viewIds = {
  findings: 'outrider.findings',
  traffic: 'outrider.traffic',
  keys: 'outrider.keys',
  streams: 'outrider.streams',
  plugins: 'outrider.plugins',
} as const;

export const settingIds = {
  gateway: 'outrider.gateway',
  showProblems: 'outrider.showFindingsAsProblems',
  guessPlaces: 'outrider.guessLikelyPlaces',
  codeLens: 'outrider.codeLens',
  markKeys: 'outrider.markApiKeys',
  keyPrefix: 'outrider.apiKeyPrefix',
} as const;

/** What `when` clauses ask. */
export const contextKeys = { isConnected: 'outrider.isConnected' } as const;

/** Kinds of tree items, asked by the menus' `when` clauses as `viewItem`. */
export const itemKinds = {
  finding: 'finding',
  fixableFinding: 'fixable-finding',
  key: 'key',
  enforcingPlugin: 'enforcing-plugin',
  observingPlugin: 'observing-plugin',
} as const;

export const dashboardViewType = 'outrider.dashboard';
export const walkthroughId = 'outrider.start';
