import { applyPatch, type Operation } from 'rfc6902';
import type { ServerMessage } from '../../shared/protocol.ts';
import type { View } from '../../shared/view.ts';

/** A panel as it was seen last. */
export interface SeenPanel {
  readonly view: View | null;
  readonly position: number;
  /** Why the view is not newer. */
  readonly failure: string | null;
}

export type PanelMessage = Extract<ServerMessage, { panel: string }>;

export function isPanelMessage(message: { readonly kind: string }): message is PanelMessage {
  return message.kind === 'panel' || message.kind === 'panel-patch' || message.kind === 'panel-failed';
}

/**
 * What a panel looks like after a message. Null when a patch does not fit what is held (a message was missed):
 * the panel has to be asked for anew.
 */
export function afterMessage(held: SeenPanel | undefined, message: PanelMessage): SeenPanel | null {
  if (message.kind === 'panel')
    // Safe: a view of an unknown kind is drawn as a sentence, and each drawer copes with missing parts.
    return { view: message.view as View, position: message.position, failure: null };
  if (message.kind === 'panel-failed')
    return { view: held?.view ?? null, position: held?.position ?? 0, failure: message.message };
  if (!held?.view || held.position !== message.from) return null;
  const view = structuredClone(held.view);
  // Safe: the protocol's schema has checked op and path; an operation that lacks the rest comes back as an error.
  const failed = applyPatch(view, message.patch as Operation[]).some((error) => error !== null);
  return failed ? null : { view, position: message.position, failure: null };
}
