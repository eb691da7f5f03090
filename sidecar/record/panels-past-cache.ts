import type { PanelMoment } from '../../shared/index.ts';
import type { FoldBase } from './panels-fold.ts';

/** Past moments looked at lately: somebody who drags a slider asks for neighbours. */
export interface PastCache {
  exactly(id: string, version: string, position: number): PanelMoment | undefined;
  /** The state of the latest moment kept at or before a position. */
  nearest(id: string, version: string, position: number): FoldBase | undefined;
  keep(past: Past): void;
}

export interface Past {
  readonly version: string;
  readonly moment: PanelMoment;
  /** JSON text. */
  readonly state: string;
  readonly viewLength: number;
}

const maxMoments = 128;
/** In characters of state and view together. */
const maxCharacters = 32 * 1024 * 1024;

export function createPastCache(): PastCache {
  // In order of use: the first is the one used longest ago.
  const kept = new Map<string, Past>();
  let characters = 0;

  const sizeOf = (past: Past): number => past.state.length + past.viewLength;

  function drop(key: string): void {
    const past = kept.get(key);
    if (past) characters -= sizeOf(past);
    kept.delete(key);
  }

  function shrink(): void {
    for (const key of kept.keys()) {
      if (kept.size <= maxMoments && characters <= maxCharacters) return;
      drop(key);
    }
  }

  return {
    exactly(id, version, position) {
      const key = keyOf(id, version, position);
      const found = kept.get(key);
      if (!found) return undefined;
      kept.delete(key);
      kept.set(key, found);
      return found.moment;
    },
    nearest(id, version, position) {
      let best: Past | undefined;
      for (const past of kept.values()) {
        const { moment } = past;
        if (moment.panel !== id || past.version !== version || moment.position > position) continue;
        if (!best || moment.position > best.moment.position) best = past;
      }
      return best && { position: best.moment.position, state: JSON.parse(best.state) };
    },
    keep(past) {
      const key = keyOf(past.moment.panel, past.version, past.moment.position);
      drop(key);
      kept.set(key, past);
      characters += sizeOf(past);
      shrink();
    },
  };
}

const keyOf = (id: string, version: string, position: number): string => `${id} ${version} ${position}`;
