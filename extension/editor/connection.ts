import * as vscode from 'vscode';
import { WebSocket } from 'ws';
import { contextKeys, settingIds } from '../contributions.ts';
import { startSession, type Session, type SessionChange } from '../dashboards/session.ts';
import { findSidecar, sidecarFileName, type Found } from '../gateway/discovery.ts';
import { listeners } from '../gateway/listeners.ts';
import type { ConnectionState } from '../gateway/live-connection.ts';

/** The one connection of this window: which sidecar, and how it is. */
export interface Connection extends vscode.Disposable {
  readonly session: Session | null;
  readonly state: ConnectionState;
  /** Another session took the place of the one before, or none did. */
  onSession(call: (session: Session | null) => void): () => void;
  /** A change of whichever session there is. */
  onChange(call: (change: SessionChange) => void): () => void;
  /** Stays with this gateway, in this window and the next, until `disconnect`. */
  connect(found: Found): Promise<void>;
  disconnect(): Promise<void>;
  /** Looks again for what the workspace or the settings name. */
  discover(): Promise<void>;
}

const chosenKey = 'outrider.chosenGateway';
const closed: ConnectionState = { kind: 'closed' };
/** File watchers miss changes on some remote file systems: as long as nothing is connected the files are looked at. */
const lookEveryMs = 2000;

export function createConnection(context: vscode.ExtensionContext): Connection {
  const sessions = listeners<Session | null>();
  const changes = listeners<SessionChange>();
  let session: Session | null = null;
  let current: Found | null = null;
  let isWanted = true;
  let stop = () => {};

  const watcher = vscode.workspace.createFileSystemWatcher(`**/${sidecarFileName}`);
  watcher.onDidCreate(() => void discover());
  watcher.onDidChange(() => void discover());
  const timer = setInterval(() => {
    if (isWanted && session?.connection.kind !== 'live') void discover();
  }, lookEveryMs);

  return {
    get session() {
      return session;
    },
    get state() {
      return session?.connection ?? closed;
    },
    onSession: sessions.add,
    onChange: changes.add,
    discover,
    async connect(found) {
      isWanted = true;
      await context.workspaceState.update(chosenKey, found.gateway);
      await context.secrets.store(secretKey(found.gateway), found.token);
      use(found);
    },
    async disconnect() {
      isWanted = false;
      await context.workspaceState.update(chosenKey, undefined);
      use(null);
    },
    dispose() {
      clearInterval(timer);
      watcher.dispose();
      use(null);
    },
  };

  async function discover() {
    if (!isWanted) return;
    const found = (await chosen()) ?? (await inWorkspace());
    if (found === null || !isWanted) return;
    if (found.gateway === current?.gateway && found.token === current.token) return;
    use(found);
  }

  async function chosen(): Promise<Found | null> {
    const named = vscode.workspace.getConfiguration().get<string>(settingIds.gateway, '');
    const gateway = context.workspaceState.get<string>(chosenKey) ?? named;
    const token = gateway === '' ? undefined : await context.secrets.get(secretKey(gateway));
    return token === undefined ? null : { gateway, token };
  }

  function use(found: Found | null) {
    stop();
    session?.close();
    current = found;
    session = found === null ? null : start(found);
    stop = session?.onChange(heard) ?? (() => {});
    sessions.tell(session);
    void tellContext();
  }

  function heard(change: SessionChange) {
    if (change.kind === 'connection') void tellContext();
    changes.tell(change);
  }

  function tellContext() {
    const isConnected = session?.connection.kind === 'live';
    return vscode.commands.executeCommand('setContext', contextKeys.isConnected, isConnected);
  }
}

function start(found: Found): Session {
  return startSession({
    ...found,
    actor: 'VS Code',
    openSocket: (url) => new WebSocket(url, { handshakeTimeout: 10_000 }),
  });
}

/** The first folder with a sidecar. */
async function inWorkspace(): Promise<Found | null> {
  for (const folder of vscode.workspace.workspaceFolders ?? []) {
    const found = folder.uri.scheme === 'file' ? await findSidecar(folder.uri.fsPath) : null;
    if (found !== null) return found;
  }
  return null;
}

function secretKey(gateway: string): string {
  return `outrider.token ${gateway}`;
}
