import * as vscode from 'vscode';
import type { TreeNode } from '../trees/node.ts';

/** A tree view that shows nodes; drawn again at most once in `drawEveryMs`, as traffic may change it all the time. */
export interface NodeTree extends vscode.Disposable {
  readonly view: vscode.TreeView<TreeNode>;
  changed(): void;
}

const drawEveryMs = 500;

export function nodeTree(viewId: string, nodes: () => readonly TreeNode[]): NodeTree {
  const drawn = new vscode.EventEmitter<void>();
  let timer: NodeJS.Timeout | null = null;
  const view = vscode.window.createTreeView<TreeNode>(viewId, {
    showCollapseAll: false,
    treeDataProvider: {
      onDidChangeTreeData: drawn.event,
      getChildren: (node) => [...(node === undefined ? nodes() : (node.children ?? []))],
      getTreeItem: itemOf,
    },
  });
  view.onDidChangeVisibility(({ visible }) => visible && drawn.fire());
  return {
    view,
    changed() {
      if (!view.visible || timer !== null) return;
      timer = setTimeout(() => {
        timer = null;
        drawn.fire();
      }, drawEveryMs);
    },
    dispose() {
      if (timer !== null) clearTimeout(timer);
      view.dispose();
      drawn.dispose();
    },
  };
}

function itemOf(node: TreeNode): vscode.TreeItem {
  const item = new vscode.TreeItem(node.label, foldingOf(node));
  item.id = node.id;
  if (node.description !== undefined) item.description = node.description;
  if (node.tooltip !== undefined) item.tooltip = new vscode.MarkdownString(node.tooltip);
  if (node.kind !== undefined) item.contextValue = node.kind;
  if (node.icon !== undefined) {
    const color = node.icon.color === undefined ? undefined : new vscode.ThemeColor(node.icon.color);
    item.iconPath = new vscode.ThemeIcon(node.icon.name, color);
  }
  if (node.open !== undefined)
    item.command = { title: 'Open', command: node.open.command, arguments: [node.open.argument] };
  return item;
}

function foldingOf({ children, kind }: TreeNode): vscode.TreeItemCollapsibleState {
  if (children === undefined || children.length === 0) return vscode.TreeItemCollapsibleState.None;
  return kind === undefined
    ? vscode.TreeItemCollapsibleState.Expanded
    : vscode.TreeItemCollapsibleState.Collapsed;
}
