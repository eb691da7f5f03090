import type {
  Around,
  Command,
  Guard,
  MessageGuard,
  Mode,
  Plugin,
  PluginInfo,
  Reaction,
  ReplyWatch,
  SqlGuard,
} from '../../shared/index.ts';
import type { Guardrail } from './guardrail.ts';
import type { ReactionQueue } from './reactions.ts';

/** A plugin as the configuration names it, found and checked but not yet running. */
export interface LoadedPlugin {
  readonly plugin: Plugin;
  readonly options: unknown;
  readonly mode: Mode;
  readonly origin: PluginInfo['origin'];
  /** Changes when the plugin's code does, as far as that can be seen from its files. */
  readonly codeVersion: string;
}

/** A plugin that was set up: its hooks, each behind its own guardrail. */
export interface Instance {
  readonly loaded: LoadedPlugin;
  readonly config: unknown;
  readonly service: unknown;
  readonly guard: Railed<Guard> | null;
  readonly beforeSql: Railed<SqlGuard> | null;
  readonly beforeMessage: Railed<MessageGuard> | null;
  readonly around: Railed<Around> | null;
  readonly replyKeys: Railed<ReplyWatch> | null;
  readonly reactions: { readonly list: readonly Reaction[]; readonly queue: ReactionQueue } | null;
  readonly commands: ReadonlyMap<string, RailedCommand>;
  /** Every guardrail of the instance, the one of `every` too. */
  readonly rails: readonly Guardrail[];
  /** Counts what is under way in the plugin's asynchronous hooks, so a reload waits for it. */
  readonly busy: Busy;
  readonly panelVersion: string;
  /** Aborts the plugin's signal, then calls its `dispose`; never rejects. */
  stop(): Promise<void>;
}

export interface Railed<Hook> {
  readonly hook: Hook;
  readonly rail: Guardrail;
}

export interface RailedCommand {
  readonly command: Command;
  readonly inputSchema: Readonly<Record<string, unknown>>;
}

/** The place of one plugin in the configured order; a reload changes who sits in it. */
export interface Slot {
  readonly name: string;
  mode: Mode;
  instance: Instance;
  /** Why the last reload was refused; null when it was not. */
  reloadFailure: string | null;
}

/** Counts up and down, and tells when it is back at none. */
export class Busy {
  #count = 0;
  #waiting: (() => void)[] = [];

  enter(): void {
    this.#count += 1;
  }

  leave(): void {
    this.#count -= 1;
    if (this.#count === 0) this.#waiting.splice(0).forEach((call) => call());
  }

  /** Resolves when nothing is under way. */
  idle(): Promise<void> {
    if (this.#count === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
