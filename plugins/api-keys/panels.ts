import type { Panel } from '../../shared/index.ts';
import { failuresPanel } from './panel-failures.ts';
import { keysPanel } from './panel-keys.ts';
import { privilegePanel } from './panel-privilege.ts';
import { rotationPanel } from './panel-rotation.ts';
import { usagePanel } from './panel-usage.ts';

/** The keys dashboard, top to bottom. */
export const panels: readonly Panel[] = [keysPanel, rotationPanel, usagePanel, failuresPanel, privilegePanel];
