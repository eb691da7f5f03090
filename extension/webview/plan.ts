import { h, type ComponentChild } from 'preact';
import { useState } from 'preact/hooks';
import type { PlanNode } from '../../shared/view.ts';
import { shareOf } from './plan-cost.ts';
import { shortNumber } from './scale.ts';

/** A tree with a bar for each node's own share of the whole cost. */
export function PlanView({ root }: { readonly root: PlanNode }): ComponentChild {
  return h(
    'div',
    { class: 'plan' },
    h('ul', { role: 'tree', 'aria-label': 'Plan' }, h(Node, { node: root, total: root.cost ?? 0 })),
  );
}

function Node({ node, total }: { readonly node: PlanNode; readonly total: number }): ComponentChild {
  const [isOpen, setOpen] = useState(true);
  const hasChildren = node.children.length > 0;
  return h(
    'li',
    { role: 'treeitem', 'aria-expanded': hasChildren ? isOpen : undefined },
    h(
      'div',
      { class: `plan-node${node.isExpensive ? ' expensive' : ''}` },
      h(
        'button',
        {
          type: 'button',
          class: 'twisty',
          disabled: !hasChildren,
          'aria-label': isOpen ? `Close ${node.label}` : `Open ${node.label}`,
          onClick: () => setOpen(!isOpen),
        },
        hasChildren ? (isOpen ? '▾' : '▸') : '·',
      ),
      h(
        'div',
        { class: 'plan-text' },
        h('span', { class: 'plan-label' }, node.label),
        node.isExpensive && h('span', { class: 'plan-flag' }, 'most of the cost'),
        node.detail !== undefined && h('div', { class: 'plan-detail' }, node.detail),
      ),
      h(Figures, { node, total }),
    ),
    isOpen &&
      hasChildren &&
      h(
        'ul',
        { role: 'group' },
        node.children.map((child, index) => h(Node, { key: index, node: child, total })),
      ),
  );
}

function Figures({ node, total }: { readonly node: PlanNode; readonly total: number }): ComponentChild {
  const share = shareOf(node, total);
  return h(
    'div',
    { class: 'plan-figures' },
    node.rows !== undefined && h('span', null, `${shortNumber(node.rows)} rows`),
    node.cost !== undefined && h('span', null, `cost ${shortNumber(node.cost)}`),
    share !== null &&
      h(
        'span',
        { class: 'plan-bar', title: `${Math.round(share * 100)} % of the cost is this node's own` },
        h('span', { style: { width: `${(share * 100).toFixed(1)}%` } }),
      ),
  );
}
