import type {
  CommandInfo,
  Command,
  Exchange,
  OpenFinding,
  Panel,
  PanelInfo,
  PluginInfo,
  Principal,
} from '../../shared/index.ts';
import type { Pipeline } from '../http/pipeline.ts';
import type { InFlight, StatementPipeline } from '../sql/statements.ts';

/** The plugins of a running sidecar, as the data ports and the gateway use them. */
export interface PluginHost {
  readonly pipeline: Pipeline;
  readonly statements: StatementPipeline;
  readonly inFlight: InFlight;
  exchange(id: string): Exchange | undefined;

  plugins(): readonly PluginInfo[];
  panels(): readonly PanelInfo[];
  commands(): readonly CommandInfo[];
  /** The panel behind `plugin/id`, with a version that changes when its plugin's code or options do. */
  panel(id: string): { readonly panel: Panel; readonly version: string } | undefined;
  /** The command behind `plugin/name`, for its second addresses (`cli`, `http`). */
  command(id: string): Command | undefined;
  /**
   * Parses, runs within 30 s, records `command/run`, and answers once what it recorded is durable.
   * Rejects with an `OutriderError`: `command_unknown`, `input_invalid`, what the command threw, `command_failed`, `command_timeout`.
   */
  run(command: string, input: unknown, actor: Principal, signal?: AbortSignal): Promise<unknown>;
  /** Open findings, the latest first, at most 1,000. */
  findings(): readonly OpenFinding[];

  /** Sets a plugin up anew with new code or options; the old one serves until the new one is ready, and stays when it fails. */
  reload(plugin: string): Promise<void>;
  /** Calls back when plugins were reloaded, suspended or resumed, or findings changed. */
  onChanged(call: (what: 'plugins' | 'findings') => void): () => void;
  close(): Promise<void>;
}
