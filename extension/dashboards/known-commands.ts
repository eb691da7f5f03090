/** Commands of the sidecar that have a place of their own in the editor; all others are run by name. */
export const knownCommands = {
  openExchange: 'exchange/open',
  openStream: 'event-store/open-stream',
  listKeys: 'api-keys/list',
  identifyKey: 'api-keys/identify',
  keyFormat: 'api-keys/format',
  openKey: 'api-keys/open',
  createKey: 'api-keys/create',
  rotateKey: 'api-keys/rotate',
  revokeKey: 'api-keys/revoke',
  setPluginMode: 'plugins/set-mode',
  reloadPlugin: 'plugins/reload',
  dismissFinding: 'findings/dismiss',
  applyIndexes: 'slow-queries/apply-indexes',
} as const;
