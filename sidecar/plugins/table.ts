import type { Around, Guard, MessageGuard, Reaction, ReplyWatch, SqlGuard } from '../../shared/index.ts';
import { AnyEvent } from '../../shared/index.ts';
import type { Guardrail } from './guardrail.ts';
import type { Busy, Slot } from './instance.ts';
import type { ReactionQueue } from './reactions.ts';

/** One hook ready to be called: flat, so that the hot path follows one pointer. */
export interface Entry<Hook> {
  readonly slot: Slot;
  readonly hook: Hook;
  readonly rail: Guardrail;
  readonly busy: Busy;
}

export interface ReactionEntry {
  readonly reaction: Reaction;
  readonly queue: ReactionQueue;
}

/** The hooks of every plugin in configured order. Never changed: a reload puts another table in its place. */
export interface Table {
  readonly guards: readonly Entry<Guard>[];
  readonly sqlGuards: readonly Entry<SqlGuard>[];
  readonly messageGuards: readonly Entry<MessageGuard>[];
  readonly arounds: readonly Entry<Around>[];
  readonly replyWatches: readonly Entry<ReplyWatch>[];
  /** The largest `maxBytes` of any guard; 0 when none looks at bodies. */
  readonly bodyBytes: number;
  readonly reactions: ReadonlyMap<string, readonly ReactionEntry[]>;
  readonly anyReactions: readonly ReactionEntry[];
}

export function tableOf(slots: readonly Slot[]): Table {
  const guards = slots.flatMap((slot) => entry(slot, slot.instance.guard));
  const reactions = slots.flatMap(reactionsOf);
  return {
    guards,
    sqlGuards: slots.flatMap((slot) => entry(slot, slot.instance.beforeSql)),
    messageGuards: slots.flatMap((slot) => entry(slot, slot.instance.beforeMessage)),
    arounds: slots.flatMap((slot) => entry(slot, slot.instance.around)),
    replyWatches: slots.flatMap((slot) => entry(slot, slot.instance.replyKeys)),
    bodyBytes: Math.max(0, ...guards.map(({ hook }) => hook.body?.maxBytes ?? 0)),
    reactions: byKind(reactions.filter(({ reaction }) => reaction.to.name !== AnyEvent.name)),
    anyReactions: reactions.filter(({ reaction }) => reaction.to.name === AnyEvent.name),
  };
}

function entry<Hook>(
  slot: Slot,
  railed: { readonly hook: Hook; readonly rail: Guardrail } | null,
): readonly Entry<Hook>[] {
  return railed ? [{ slot, hook: railed.hook, rail: railed.rail, busy: slot.instance.busy }] : [];
}

function reactionsOf({ instance }: Slot): readonly ReactionEntry[] {
  const { reactions } = instance;
  if (!reactions) return [];
  return reactions.list.map((reaction) => ({ reaction, queue: reactions.queue }));
}

function byKind(entries: readonly ReactionEntry[]): ReadonlyMap<string, readonly ReactionEntry[]> {
  const kinds = new Set(entries.map(({ reaction }) => reaction.to.name));
  return new Map(
    [...kinds].map((kind) => [kind, entries.filter(({ reaction }) => reaction.to.name === kind)]),
  );
}
