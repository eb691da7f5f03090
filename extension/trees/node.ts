/** A line of a tree view, as data: what draws it decides how. */
export interface TreeNode {
  /** Stable between two drawings, so that selection and folding survive. */
  readonly id: string;
  readonly label: string;
  readonly description?: string;
  /** Markdown without links or commands. */
  readonly tooltip?: string;
  readonly icon?: TreeIcon;
  /** Which menu belongs to it. */
  readonly kind?: string;
  readonly open?: { readonly command: string; readonly argument: unknown };
  /** What the menu's commands act upon. */
  readonly subject?: unknown;
  readonly children?: readonly TreeNode[];
}

/** A codicon and the id of a theme colour. */
export interface TreeIcon {
  readonly name: string;
  readonly color?: string;
}

export const tones = {
  good: 'charts.green',
  warning: 'charts.yellow',
  bad: 'charts.red',
  calm: 'charts.blue',
  dim: 'descriptionForeground',
} as const;
