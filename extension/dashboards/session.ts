import type {
  CommandInfo,
  OpenFinding,
  PanelInfo,
  PluginInfo,
  ServerMessage,
  Status,
} from '../../shared/protocol.ts';
import { apiKeyClient, type ApiKeyClient } from '../../shared/api-key-client.ts';
import { gatewayClient, type GatewayClient, type LoggedEvent } from '../gateway/client.ts';
import { listeners } from '../gateway/listeners.ts';
import { connectLive, type ConnectionState } from '../gateway/live-connection.ts';
import { afterMessage, isPanelMessage, type PanelMessage, type SeenPanel } from '../gateway/panel-views.ts';
import { realTiming, type OpenSocket, type Timing } from '../gateway/socket.ts';

/** What can be seen and asked for: known once the gateway has been asked. */
export interface Catalogue {
  readonly panels: readonly PanelInfo[];
  readonly commands: readonly CommandInfo[];
  readonly plugins: readonly PluginInfo[];
}

export type SessionChange =
  | { readonly kind: 'connection'; readonly connection: ConnectionState }
  | { readonly kind: 'catalogue'; readonly catalogue: Catalogue }
  | { readonly kind: 'status'; readonly status: Status }
  | { readonly kind: 'findings'; readonly findings: readonly OpenFinding[] }
  | { readonly kind: 'panel'; readonly message: PanelMessage }
  | { readonly kind: 'events'; readonly events: readonly LoggedEvent[] };

/** One connection to one sidecar, and what is known of it; shared by everything that draws. */
export interface Session {
  readonly gateway: string;
  readonly client: GatewayClient;
  readonly keys: ApiKeyClient;
  readonly connection: ConnectionState;
  readonly catalogue: Catalogue;
  readonly status: Status | null;
  readonly findings: readonly OpenFinding[];
  panel(id: string): SeenPanel | undefined;
  onChange(call: (change: SessionChange) => void): () => void;
  /** Keeps panels up to date until the answer is called. */
  watch(panels: readonly string[]): () => void;
  watchEvents(types?: readonly string[]): void;
  unwatchEvents(): void;
  /** Asks again what there is to see, e.g. after a plugin was switched. */
  refresh(): Promise<void>;
  close(): void;
}

export interface SessionOptions {
  readonly gateway: string;
  readonly token: string;
  /** Who looks, for the audit log: `VS Code`, `browser`. */
  readonly actor: string;
  readonly openSocket: OpenSocket;
  readonly timing?: Timing;
  readonly fetch?: typeof fetch;
}

const maxWatched = 64;

export function startSession(options: SessionOptions): Session {
  const changes = listeners<SessionChange>();
  const client = gatewayClient(options);
  const keys = apiKeyClient(options);
  const seen = new Map<string, SeenPanel>();
  const watched = new Map<string, number>();
  let connection: ConnectionState = { kind: 'connecting' };
  let catalogue: Catalogue = { panels: [], commands: [], plugins: [] };
  let status: Status | null = null;
  let findings: readonly OpenFinding[] = [];

  const live = connectLive({
    ...options,
    timing: options.timing ?? realTiming,
    onMessage: receive,
    onState(state) {
      connection = state;
      changes.tell({ kind: 'connection', connection });
      if (state.kind === 'live') refreshOrRetryLater();
    },
  });

  /** The protocol's bound; of more, those watched last. */
  const tellWatched = () => live.watchPanels([...watched.keys()].slice(-maxWatched));

  return {
    gateway: options.gateway,
    client,
    keys,
    get connection() {
      return connection;
    },
    get catalogue() {
      return catalogue;
    },
    get status() {
      return status;
    },
    get findings() {
      return findings;
    },
    panel: (id) => seen.get(id),
    onChange: changes.add,
    watch,
    watchEvents: (types) => live.watchEvents(types),
    unwatchEvents: () => live.unwatchEvents(),
    refresh,
    close: () => live.close(),
  };

  function receive(message: ServerMessage) {
    if (isPanelMessage(message)) return receivePanel(message);
    switch (message.kind) {
      case 'status':
        status = message.status;
        return changes.tell({ kind: 'status', status });
      case 'findings':
        findings = message.findings;
        return changes.tell({ kind: 'findings', findings });
      case 'events':
        return changes.tell({ kind: 'events', events: message.events });
      case 'plugins-changed':
        return refreshOrRetryLater();
    }
  }

  function receivePanel(message: PanelMessage) {
    const next = afterMessage(seen.get(message.panel), message);
    if (next === null) return tellWatched();
    seen.set(message.panel, next);
    changes.tell({ kind: 'panel', message });
  }

  function watch(panels: readonly string[]) {
    for (const panel of panels) watched.set(panel, (watched.get(panel) ?? 0) + 1);
    tellWatched();
    return () => {
      for (const panel of panels) forget(panel);
      tellWatched();
    };
  }

  function forget(panel: string) {
    const left = (watched.get(panel) ?? 1) - 1;
    if (left > 0) return void watched.set(panel, left);
    watched.delete(panel);
    seen.delete(panel);
  }

  /** The socket is live, so a failure here is the gateway starting or going: the next welcome asks again. */
  function refreshOrRetryLater() {
    refresh().catch((error: Error) => {
      changes.tell({ kind: 'connection', connection: { kind: 'waiting', reason: error.message } });
    });
  }

  async function refresh() {
    const [panels, commands, plugins, open] = await Promise.all([
      client.panels(),
      client.commands(),
      client.plugins(),
      client.findings(),
    ]);
    catalogue = { panels, commands, plugins };
    findings = open;
    changes.tell({ kind: 'catalogue', catalogue });
    changes.tell({ kind: 'findings', findings });
  }
}
