import type { z } from 'zod';
import type { Capabilities, Capability, Services } from './capability.ts';
import type { Command } from './command.ts';
import type { EventKind, Reaction, Step } from './events.ts';
import type { Exchange, Reply } from './exchange.ts';
import type { Guard, MessageGuard, SqlGuard } from './guard.ts';
import type { Finding } from './recorded-kinds.ts';
import type { ReplyWatch } from './reply-watch.ts';
import type { View } from './view.ts';

/** `enforce` acts; `observe` only reports: verdicts are recorded and replies compared, traffic stays as it is. */
export type Mode = 'enforce' | 'observe';

/**
 * A plugin. What is declared here is pure and can be read without running it;
 * everything with an effect happens inside `setup`.
 */
export interface Plugin<Config extends z.ZodType = z.ZodType, Uses extends Capabilities = Capabilities> {
  /** Kebab-case and unique; it prefixes the plugin's events, commands and panels. */
  readonly name: string;
  /** One sentence for the plugin list. */
  readonly summary: string;
  /** The user's options, with their defaults: `{}` must be valid. */
  readonly config: Config;
  /** Everything the plugin may touch. */
  readonly uses: Uses;
  /** The capability it adds for others; whoever uses it starts later. */
  readonly provides?: Capability<unknown>;
  /** The facts only this plugin may record. */
  readonly events?: readonly EventKind[];
  /** What it shows. Folds are pure, so a panel can be asked for any past moment. */
  readonly panels?: readonly Panel[];
  /** Runs once per load, within 10 seconds. */
  setup(host: Host<z.output<Config>, Uses>): Hooks | Promise<Hooks>;
}

export type Host<Config = unknown, Uses extends Capabilities = Capabilities> = Services<Uses> & {
  readonly config: Config;
  readonly mode: Mode;
  /** Aborts when the plugin is stopped or reloaded. */
  readonly signal: AbortSignal;
  readonly log: Log;
  /** The host's clock; a plugin never reads another. */
  now(): Date;
  /** The same moment in milliseconds since 1970, for code that runs with every request: it allocates nothing. */
  nowMs(): number;
  /** A fresh random id, 26 characters, sortable by time. */
  newId(): string;
  /** Runs `work` every so often until the plugin stops; never twice at a time. */
  every(seconds: number, work: () => Promise<void> | void): void;
  /** Queues a fact; `forever` facts recorded during a command are durable before the command is answered. */
  record<Data>(kind: EventKind<Data>, data: Data, about?: About): void;
  /** Raises a finding, or counts it again when its key is known. */
  raise(finding: Finding): void;
  /** Says that a finding no longer holds. */
  resolve(findingKey: string, reason: string): void;
};

/** What a recorded fact is about. */
export interface About {
  readonly exchange?: Pick<Exchange, 'id' | 'traceId'>;
  readonly causedBy?: number;
  readonly stream?: string;
}

export interface Hooks {
  /** May this request pass? Guards run in configured order and only answer; the host acts. */
  readonly guard?: Guard;
  /** May this statement be executed? While one is configured the tap holds statements for its verdict. */
  readonly beforeSql?: SqlGuard;
  /** May this text message of a WebSocket client pass? Without one, upgraded connections are passed on byte by byte. */
  readonly beforeMessage?: MessageGuard;
  /** Wraps the call to the backend: cache, batch, limit. The first configured is the outermost. */
  readonly around?: Around;
  /** Which keys did a JSON reply have? Told of the exchanges it picks, once their reply has left. */
  readonly replyKeys?: ReplyWatch;
  readonly on?: readonly Reaction[];
  /** What a person, a script or a coding agent can ask for, by name. Every run is recorded. */
  readonly commands?: Readonly<Record<string, Command>>;
  /** The service behind `provides`. */
  readonly service?: unknown;
  dispose?(): void | Promise<void>;
}

/** Which requests a hook wants to see; tested by the host first, so others cost nothing. */
export interface Match {
  readonly methods?: readonly string[];
  /** Tested against the path as received. */
  readonly paths?: RegExp;
  readonly contentTypes?: RegExp;
}

export interface Around {
  readonly match?: Match;
  /** Calls `next` at most once; the host refuses a second call. */
  handle(exchange: Exchange, next: () => Promise<Reply>): Promise<Reply>;
}

/** The dashboards a panel can be part of; `plugins` holds whatever fits none of the others. */
export type Dashboard = 'overview' | 'security' | 'keys' | 'queries' | 'events' | 'cache' | 'plugins';

export interface Panel {
  /** Kebab-case; the host addresses it as `plugin/id`. */
  readonly id: string;
  readonly title: string;
  readonly dashboard: Dashboard;
  /** Plain JSON data, so it can be kept as a snapshot. */
  initial(): unknown;
  readonly fold: readonly Step<unknown>[];
  /** Pure. `moment` is the time looked at: now, or the past moment travelled to. */
  view(state: unknown, moment: Date): View;
}

export interface Log {
  info(message: string, fields?: object): void;
  warn(message: string, fields?: object): void;
}

/** One entry of the configuration: a plugin, the options it was given, and whether it acts. */
export interface Configured {
  readonly plugin: Plugin;
  readonly options: unknown;
  readonly mode: Mode;
}

/** Gives the compiler names to infer from. */
export function definePlugin<Config extends z.ZodType, const Uses extends Capabilities>(
  plugin: Plugin<Config, Uses>,
): Plugin {
  // The host parses the options with `config` and resolves `uses` before it calls `setup`, so the wider type is safe.
  return plugin as unknown as Plugin;
}

export function panel<State>(definition: {
  readonly id: string;
  readonly title: string;
  readonly dashboard: Dashboard;
  readonly initial: () => State;
  readonly fold: readonly Step<State>[];
  readonly view: (state: State, moment: Date) => View;
}): Panel {
  // The state goes in and out of one panel only, so nobody else sees its type.
  return definition as unknown as Panel;
}

/** One entry of a TypeScript or JavaScript configuration. */
export function use(plugin: Plugin, options: unknown = {}, mode: Mode = 'enforce'): Configured {
  return { plugin, options, mode };
}
