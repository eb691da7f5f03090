import type { View } from '../../shared/view.ts';

/** Tables with many columns, plans, graphs and columns of more than three figures take the whole width. */
export function needsWidth(view: View): boolean {
  switch (view.kind) {
    case 'stack':
    case 'section':
      return view.children.some(needsWidth) || view.children.filter(({ kind }) => kind === 'stat').length > 3;
    case 'columns':
      return view.children.length > 3 || view.children.some(({ kind }) => kind !== 'stat');
    case 'graph':
    case 'plan':
      return true;
    case 'table':
      return view.columns.length > 3;
    default:
      return false;
  }
}
