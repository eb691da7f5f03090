import {
  issuesOf,
  OutriderError,
  type About,
  type EventKind,
  type Host,
  type Log,
  type Mode,
} from '../../shared/index.ts';
import type { EventAbout, Recorder } from '../record/recorder.ts';
import type { Clock } from './clock.ts';
import type { Findings } from './findings.ts';
import type { Guardrail, RailEvents } from './guardrail.ts';
import type { Busy, LoadedPlugin } from './instance.ts';
import { newId } from './new-id.ts';

/** What setting a plugin up needs of the host. */
export interface Workshop {
  readonly recorder: Pick<Recorder, 'record'>;
  readonly findings: Findings;
  readonly clock: Clock;
  readonly log: (plugin: string) => Log;
  /** What a plugin's guardrails tell. */
  readonly railEvents: (plugin: string) => RailEvents;
}

/** What one set-up gives its plugin besides. */
export interface Given {
  readonly config: unknown;
  /** Under the plugin's own names. */
  readonly services: Readonly<Record<string, unknown>>;
  readonly mode: () => Mode;
  readonly signal: AbortSignal;
  /** Of what the plugin repeats with `every`. */
  readonly rail: Guardrail;
  readonly busy: Busy;
}

/** The host as one plugin sees it: what it listed, and what every plugin has. */
export function hostFor(
  loaded: LoadedPlugin,
  { config, services, mode, signal, rail, busy }: Given,
  workshop: Workshop,
): Host {
  const { name } = loaded.plugin;
  const { clock, findings, log } = workshop;
  const own: Omit<Host<unknown, Record<never, never>>, 'mode'> = {
    config,
    signal,
    log: log(name),
    now: () => new Date(clock.nowMs()),
    nowMs: () => clock.nowMs(),
    newId: () => newId(clock.nowMs()),
    every: (seconds, work) => every(seconds, work, { clock, rail, busy, signal }),
    record: recording(loaded, workshop),
    raise: (finding) => findings.raise(name, finding),
    resolve: (key, reason) => findings.resolve(name, key, reason),
  };
  // The mode may change while the plugin runs, so it is read anew each time.
  const host = { ...services, ...own };
  return Object.defineProperty(host, 'mode', { get: mode, enumerable: true }) as Host;
}

interface Repetition {
  readonly clock: Clock;
  readonly rail: Guardrail;
  readonly busy: Busy;
  readonly signal: AbortSignal;
}

/** The next run is only planned once this one is over, so `work` never runs twice at a time. */
function every(seconds: number, work: () => Promise<void> | void, repetition: Repetition): void {
  const { clock, rail, busy, signal } = repetition;
  if (signal.aborted) return;
  const cancel = clock.after(seconds * 1000, () => {
    signal.removeEventListener('abort', cancel);
    void run().then(() => every(seconds, work, repetition));
  });
  signal.addEventListener('abort', cancel, { once: true });

  async function run(): Promise<void> {
    if (!rail.mayRun()) return;
    const startedMs = rail.begin();
    busy.enter();
    try {
      await work();
      rail.succeeded(startedMs);
    } catch (error) {
      rail.failed(error);
    } finally {
      busy.leave();
    }
  }
}

/** Only declared kinds, and only data their schema knows. */
function recording({ plugin }: LoadedPlugin, { recorder }: Workshop): Host['record'] {
  const declared = new Map((plugin.events ?? []).map((kind) => [kind.name, kind]));
  return <Data>(kind: EventKind<Data>, data: Data, about?: About): void => {
    const own = declared.get(kind.name);
    if (!own)
      throw new OutriderError('plugin_invalid', `${plugin.name} does not declare the event ${kind.name}.`);
    const parsed = own.schema.safeParse(data);
    if (!parsed.success) {
      const issues = issuesOf(parsed.error);
      const first = issues[0];
      throw new OutriderError('input_invalid', `${kind.name}: ${first?.path} ${first?.message}`, { issues });
    }
    recorder.record(own, parsed.data, aboutOf(about));
  };
}

const aboutOf = (about: About = {}): EventAbout => ({
  exchangeId: about.exchange?.id ?? null,
  traceId: about.exchange?.traceId ?? null,
  causedBy: about.causedBy ?? null,
  stream: about.stream ?? null,
  // A plugin says little and means it; the flood is the host's own.
  isImportant: true,
});
