import type { OpenFinding } from '../../shared/protocol.ts';
import { commandIds, itemKinds } from '../contributions.ts';
import { tones, type TreeIcon, type TreeNode } from './node.ts';

const severities = [
  { severity: 'error', title: 'Errors', icon: { name: 'error', color: tones.bad } },
  { severity: 'warning', title: 'Warnings', icon: { name: 'warning', color: tones.warning } },
  { severity: 'hint', title: 'Hints', icon: { name: 'lightbulb', color: tones.calm } },
] as const;

/** Open findings by severity, the gravest first, the latest first within. */
export function findingNodes(findings: readonly OpenFinding[]): readonly TreeNode[] {
  return severities.flatMap(({ severity, title, icon }) => {
    const alike = findings
      .filter((finding) => finding.severity === severity)
      .sort((a, b) => b.lastAt.localeCompare(a.lastAt));
    if (alike.length === 0) return [];
    const children = alike.map((finding) => findingNode(finding, icon));
    return [{ id: severity, label: title, description: String(alike.length), children }];
  });
}

function findingNode(finding: OpenFinding, icon: TreeIcon): TreeNode {
  return {
    id: `${finding.plugin} ${finding.key}`,
    label: finding.title,
    description: finding.times > 1 ? `${finding.times}×` : finding.plugin,
    tooltip: `**${finding.title}**\n\n${finding.advice}\n\n\`${finding.rule}\``,
    icon,
    kind: finding.fix === undefined ? itemKinds.finding : itemKinds.fixableFinding,
    open: { command: commandIds.openFinding, argument: finding },
    subject: finding,
  };
}
