import type { LoggedEvent } from '../gateway/client.ts';
import { commandIds } from '../contributions.ts';
import { HttpFinished } from '../../shared/recorded-kinds.ts';
import { tones, type TreeIcon, type TreeNode } from './node.ts';

/** The latest exchanges, the newest first. */
export interface Traffic {
  /** True when something came that is shown. */
  add(events: readonly LoggedEvent[]): boolean;
  nodes(): readonly TreeNode[];
  clear(): void;
}

/** More than a person looks at; the dashboards have the rest. */
const keptExchanges = 100;

export function traffic(): Traffic {
  let nodes: readonly TreeNode[] = [];
  return {
    add(events) {
      const added = events.flatMap(exchangeNode).reverse();
      nodes = [...added, ...nodes].slice(0, keptExchanges);
      return added.length > 0;
    },
    nodes: () => nodes,
    clear: () => void (nodes = []),
  };
}

export function exchangeNode(event: LoggedEvent): readonly TreeNode[] {
  if (event.type !== HttpFinished.name) return [];
  const parsed = HttpFinished.schema.safeParse(event.data);
  if (!parsed.success) return [];
  const exchange = parsed.data;
  const who = exchange.principal === null ? '' : ` · ${exchange.principal.label}`;
  return [
    {
      id: exchange.exchangeId,
      label: `${exchange.method} ${exchange.route}`,
      description: `${exchange.status || 'left'} · ${durationText(exchange.durationMs)}${who}`,
      tooltip: `\`${exchange.target.replaceAll('`', "'")}\`\n\nanswered by ${exchange.servedBy} at ${event.at}`,
      icon: iconOf(exchange.status),
      open: { command: commandIds.openExchange, argument: exchange.exchangeId },
    },
  ];
}

export function durationText(ms: number): string {
  if (ms >= 10_000) return `${Math.round(ms / 1000)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 10 ? `${Math.round(ms)} ms` : `${ms.toFixed(1)} ms`;
}

function iconOf(status: number): TreeIcon {
  if (status === 0 || status >= 500) return { name: 'circle-filled', color: tones.bad };
  if (status >= 400) return { name: 'circle-filled', color: tones.warning };
  return { name: 'circle-filled', color: tones.good };
}
