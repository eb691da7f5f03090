import * as vscode from 'vscode';
import { viewIds } from '../contributions.ts';
import { knownCommands } from '../dashboards/known-commands.ts';
import type { SessionChange } from '../dashboards/session.ts';
import type { StreamInfo } from '../gateway/client.ts';
import { findingNodes } from '../trees/finding-nodes.ts';
import { keyNodes, type ListedKey } from '../trees/key-nodes.ts';
import { pluginNodes, streamNodes } from '../trees/other-nodes.ts';
import { traffic } from '../trees/traffic.ts';
import type { Connection } from './connection.ts';
import { nodeTree } from './tree-views.ts';

/** The activity bar's views: findings, traffic, keys, streams, plugins. */
export interface SideBar extends vscode.Disposable {
  refresh(): void;
}

/** Streams grow all the time: they are asked for this often while they are seen. */
const askStreamsEveryMs = 5000;
/** What the views show live. */
const watchedTypes = ['http/finished', 'api-keys/'];

export function createSideBar(connection: Connection): SideBar {
  const exchanges = traffic();
  let keys: readonly ListedKey[] = [];
  let streams: readonly StreamInfo[] = [];

  const findings = nodeTree(viewIds.findings, () => findingNodes(connection.session?.findings ?? []));
  const exchangeTree = nodeTree(viewIds.traffic, exchanges.nodes);
  const keyTree = nodeTree(viewIds.keys, () => keyNodes(keys));
  const streamTree = nodeTree(viewIds.streams, () => streamNodes(streams));
  const plugins = nodeTree(viewIds.plugins, () => pluginNodes(connection.session?.catalogue.plugins ?? []));
  const trees = [findings, exchangeTree, keyTree, streamTree, plugins];

  const stopChanges = connection.onChange(heard);
  const stopSessions = connection.onSession(() => {
    exchanges.clear();
    keys = [];
    streams = [];
    drawAll();
  });
  for (const { view } of [exchangeTree, keyTree]) view.onDidChangeVisibility(watchOrNot);
  keyTree.view.onDidChangeVisibility(() => void askKeys());
  streamTree.view.onDidChangeVisibility(() => void askStreams());
  const timer = setInterval(() => void askStreams(), askStreamsEveryMs);

  return {
    refresh() {
      void askKeys();
      void askStreams();
      connection.session?.refresh().catch(showFailure);
    },
    dispose() {
      clearInterval(timer);
      stopChanges();
      stopSessions();
      for (const tree of trees) tree.dispose();
    },
  };

  function heard(change: SessionChange) {
    switch (change.kind) {
      case 'connection':
        if (change.connection.kind === 'live') watchOrNot();
        return drawAll();
      case 'catalogue':
        void askKeys();
        void askStreams();
        return plugins.changed();
      case 'findings':
        findings.view.badge = badgeOf(change.findings.length);
        return findings.changed();
      case 'events':
        if (exchanges.add(change.events)) exchangeTree.changed();
        if (change.events.some(({ type }) => type.startsWith('api-keys/'))) void askKeys();
    }
  }

  function drawAll() {
    for (const tree of trees) tree.changed();
  }

  /** A busy sidecar pushes hundreds of events a second: only while somebody looks. */
  function watchOrNot() {
    const isSeen = exchangeTree.view.visible || keyTree.view.visible;
    if (isSeen) connection.session?.watchEvents(watchedTypes);
    else connection.session?.unwatchEvents();
  }

  async function askKeys() {
    const { session } = connection;
    const hasKeys = session?.catalogue.commands.some(({ id }) => id === knownCommands.listKeys);
    if (!keyTree.view.visible || session === null || !hasKeys) return;
    try {
      ({ keys } = await session.keys.listApiKeys({ limit: 500 }));
      keyTree.view.message = undefined;
    } catch (error) {
      keyTree.view.message = sentenceOf(error);
    }
    keyTree.changed();
  }

  async function askStreams() {
    const { session } = connection;
    if (!streamTree.view.visible || session?.connection.kind !== 'live') return;
    try {
      streams = await session.client.streams();
      streamTree.view.message = undefined;
    } catch (error) {
      streamTree.view.message = sentenceOf(error);
    }
    streamTree.changed();
  }
}

function badgeOf(count: number): vscode.ViewBadge | undefined {
  return count === 0 ? undefined : { value: count, tooltip: `${count} open findings` };
}

function sentenceOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

function showFailure(error: unknown): void {
  void vscode.window.showErrorMessage(`Outrider: ${sentenceOf(error)}`);
}
