import {
  PluginResumed,
  PluginSuspended,
  type Backend,
  type Database,
  type Log,
  type Recorded,
  type SharedState,
} from '../../shared/index.ts';
import type { Recorder } from '../record/recorder.ts';
import type { EventStore } from '../store/store.ts';
import { createCatalogue } from './catalogue.ts';
import { createChanges, type Changes } from './changes.ts';
import { repeat, systemClock, type Clock } from './clock.ts';
import { createCommandRunner } from './commands.ts';
import { createFindings, findingKinds, type Findings } from './findings.ts';
import { reasonOf, type RailEvents } from './guardrail.ts';
import { hostCommands } from './host-commands.ts';
import { createInFlight } from './in-flight.ts';
import type { LoadedPlugin, Slot } from './instance.ts';
import { startPlugins } from './life-cycle.ts';
import type { PluginHost } from './plugin-host.ts';
import type { SqlConnections } from './sql-facts.ts';
import type { ReactionEntry, Table } from './table.ts';
import { createTraffic, type Pace } from './traffic.ts';

export interface PluginHostOptions {
  /** In configured order: guards run and arounds wrap in it. */
  readonly loaded: readonly LoadedPlugin[];
  /** Loads one plugin anew, with the options the configuration has by now. */
  readonly loadAgain: (plugin: string) => Promise<LoadedPlugin>;
  readonly recorder: Recorder;
  readonly store: Pick<EventStore, 'privateStore'>;
  readonly shared: SharedState;
  readonly database: Database;
  readonly backend: Backend;
  readonly secretParameters: readonly string[];
  /** A logger for the host (`host`) or one plugin. */
  readonly log: (plugin: string) => Log;
  /** Whether this sidecar recorded an event: with several on one store each event is reacted to once, not by all of them. */
  readonly isOwnEvent?: (id: string) => boolean;
  readonly sqlConnections?: () => SqlConnections;
  readonly clock?: Clock;
}

/** The host, with the pace of traffic over the last second. */
export interface RunningPluginHost extends PluginHost {
  readonly pace: Pace;
}

/** Sets the plugins up and joins them to traffic and log. Rejects with the plugin, option and reason when one cannot start. */
export async function createPluginHost(options: PluginHostOptions): Promise<RunningPluginHost> {
  const { recorder, clock = systemClock } = options;
  const hostLog = options.log('host');
  const changes = createChanges(clock);
  const inFlight = createInFlight();
  const findings = createFindings(recorder, clock);
  const stopFindings = await foldFindings(findings, recorder, changes, clock);
  const headAtStart = recorder.head;
  const lifeCycle = await startPlugins(options.loaded, {
    loadAgain: options.loadAgain,
    sources: {
      log: recorder.log,
      privateStore: (plugin) => options.store.privateStore(plugin),
      shared: options.shared,
      database: options.database,
      backend: options.backend,
      inFlight,
    },
    workshop: {
      recorder,
      findings,
      clock,
      log: options.log,
      railEvents: (plugin) => railEvents(plugin, recorder, options.log(plugin), changes),
    },
    recorder,
    clock,
    onReloaded: () => changes.tell('plugins'),
  });
  const { table, slots } = lifeCycle;

  const traffic = createTraffic({ ...options, clock, inFlight, table });
  const catalogue = createCatalogue(
    slots,
    hostCommands({
      lifeCycle,
      catalogue: () => catalogue,
      findings,
      recorder,
      onChanged: () => changes.tell('plugins'),
    }),
  );
  const runner = createCommandRunner(catalogue.find, recorder, clock, hostLog.warn);
  const isOwn = options.isOwnEvent ?? (() => true);
  const stopReactions = recorder.subscribe(headAtStart, (events) => {
    for (const event of events) {
      if (!isOwn(event.id)) continue;
      traffic.delivered(event);
      react(event, table());
    }
  });
  const dropped = droppedReactions(slots, hostLog);
  const stopTicking = repeat(clock, 1000, () => {
    traffic.tick();
    findings.flush();
    dropped();
  });

  return {
    pipeline: traffic.pipeline,
    statements: traffic.statements,
    inFlight,
    exchange: inFlight.record,
    plugins: catalogue.plugins,
    panels: catalogue.panels,
    commands: catalogue.commands,
    panel: catalogue.panel,
    command: catalogue.command,
    run: runner.run,
    findings: findings.open,
    get pace() {
      return traffic.pace;
    },
    reload: lifeCycle.reload,
    onChanged: changes.onChanged,
    async close() {
      stopTicking();
      traffic.close();
      // Reactions see what was recorded up to here, so nothing of the last second is lost on them.
      await recorder.flushed(closeFlushMs).catch((error: unknown) => hostLog.warn(reasonOf(error)));
      stopReactions();
      await lifeCycle.close();
      findings.flush(true);
      stopFindings();
      changes.close();
    },
  };
}

const closeFlushMs = 5_000;

/** Rebuilds the open findings from the log, then follows it. A store that is away is asked again until it answers. */
async function foldFindings(
  findings: Findings,
  recorder: Recorder,
  changes: Changes,
  clock: Clock,
): Promise<() => void> {
  let stop: () => void = () => undefined;
  const follow = async (): Promise<void> => {
    const head = await recorder.log.head();
    for await (const event of recorder.read({ types: findingKinds, upTo: head })) findings.take(event);
    changes.tell('findings');
    stop = recorder.subscribe(head, (events) => {
      const taken = events.filter((event) => findingKinds.includes(event.type) && findings.take(event));
      if (taken.length > 0) changes.tell('findings');
    });
  };
  const followSoon = (): void => {
    stop = clock.after(storeRetryMs, () => void follow().catch(followSoon));
  };
  await follow().catch(followSoon);
  return () => stop();
}

const storeRetryMs = 5_000;

function react(event: Recorded, { reactions, anyReactions }: Table): void {
  for (const { reaction, queue } of reactions.get(event.type) ?? none) queue.push(reaction, event);
  for (const { reaction, queue } of anyReactions) queue.push(reaction, event);
}

const none: readonly ReactionEntry[] = [];

function railEvents(plugin: string, recorder: Recorder, log: Log, changes: Changes): RailEvents {
  return {
    failed: (hook, error) =>
      log.warn('A hook failed.', { hook, reason: reasonOf(error), stack: stackOf(error) }),
    suspended(hook, reason, untilMs) {
      recorder.record(PluginSuspended, { plugin, hook, reason, untilAt: new Date(untilMs).toISOString() });
      changes.tell('plugins');
    },
    resumed() {
      recorder.record(PluginResumed, { plugin });
      changes.tell('plugins');
    },
  };
}

const stackOf = (error: unknown): string | undefined => (error instanceof Error ? error.stack : undefined);

/** Says once a second which plugins did not keep up with the events they react to. */
function droppedReactions(slots: () => readonly Slot[], log: Log): () => void {
  const before = new WeakMap<object, number>();
  return () => {
    for (const { name, instance } of slots()) {
      const queue = instance.reactions?.queue;
      if (!queue || queue.dropped() === (before.get(queue) ?? 0)) continue;
      const events = queue.dropped() - (before.get(queue) ?? 0);
      before.set(queue, queue.dropped());
      log.warn('A plugin did not react to some events: its queue was full or it is suspended.', {
        plugin: name,
        events,
      });
    }
  };
}
