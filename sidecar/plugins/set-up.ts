import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  issuesOf,
  OutriderError,
  type About,
  type Command,
  type EventKind,
  type Hooks,
  type Host,
  type Log,
  type Mode,
} from '../../shared/index.ts';
import type { EventAbout, Recorder } from '../record/recorder.ts';
import { within, type Clock } from './clock.ts';
import type { Findings } from './findings.ts';
import { outriderErrorOf } from './foreign-error.ts';
import { Guardrail, reasonOf, type RailEvents } from './guardrail.ts';
import { Busy, type Instance, type LoadedPlugin, type RailedCommand } from './instance.ts';
import { sourceOf } from './load.ts';
import { newId } from './new-id.ts';
import { policy } from './policy.ts';
import { createReactionQueue } from './reactions.ts';
import { checkedHooks } from './shape.ts';

/** What setting a plugin up needs of the host. */
export interface Workshop {
  readonly recorder: Pick<Recorder, 'record'>;
  readonly findings: Findings;
  readonly clock: Clock;
  readonly log: (plugin: string) => Log;
  /** What a plugin's guardrails tell. */
  readonly railEvents: (plugin: string) => RailEvents;
}

/**
 * Parses the options and runs `setup` within 10 s. Rejects with `config_invalid` or `plugin_failed`, naming the
 * plugin, the option and the reason; whatever the failed setup had begun is told to stop.
 */
export async function setUp(
  loaded: LoadedPlugin,
  mode: () => Mode,
  services: Readonly<Record<string, unknown>>,
  workshop: Workshop,
): Promise<Instance> {
  const { plugin } = loaded;
  const { clock } = workshop;
  const config = parsedOptions(loaded);
  const stopped = new AbortController();
  const busy = new Busy();
  const events = workshop.railEvents(plugin.name);
  const rail = (hook: string) => new Guardrail(hook, clock, events);
  const everyRail = rail('every');
  const own: Omit<Host<unknown, Record<never, never>>, 'mode'> = {
    config,
    signal: stopped.signal,
    log: workshop.log(plugin.name),
    now: () => new Date(clock.nowMs()),
    newId: () => newId(clock.nowMs()),
    every: (seconds, work) => every(seconds, work, { clock, rail: everyRail, busy, signal: stopped.signal }),
    record: recording(loaded, workshop),
    raise: (finding) => workshop.findings.raise(plugin.name, finding),
    resolve: (key, reason) => workshop.findings.resolve(plugin.name, key, reason),
  };
  // The mode may change while the plugin runs, so it is read anew each time.
  const host = Object.defineProperty({ ...services, ...own }, 'mode', {
    get: mode,
    enumerable: true,
  }) as Host;
  const hooks = await hooksOf(loaded, host, stopped, clock);

  const { guard, beforeSql, around, on = [] } = hooks;
  const railed = {
    guard: guard ? { hook: guard, rail: rail('guard') } : null,
    beforeSql: beforeSql ? { hook: beforeSql, rail: rail('beforeSql') } : null,
    around: around ? { hook: around, rail: rail('around') } : null,
  };
  const onRail = rail('on');
  const queue = on.length > 0 ? createReactionQueue(onRail, clock) : null;
  return {
    loaded,
    config,
    service: hooks.service,
    ...railed,
    reactions: queue ? { list: on, queue } : null,
    commands: commandsOf(plugin.name, hooks.commands ?? {}),
    rails: [
      ...[railed.guard, railed.beforeSql, railed.around].flatMap((each) => (each ? [each.rail] : [])),
      ...(queue ? [onRail] : []),
      everyRail,
    ],
    busy,
    panelVersion: versionOf(loaded, config),
    async stop() {
      queue?.close();
      stopped.abort();
      await disposed(hooks, clock).catch((error: unknown) => events.failed('dispose', error));
    },
  };
}

function parsedOptions({ plugin, options }: LoadedPlugin): unknown {
  const parsed = plugin.config.safeParse(options ?? {});
  if (parsed.success) return parsed.data;
  const issues = issuesOf(parsed.error).map(({ path, message }) => ({
    path: `plugins.${plugin.name}.options${path === '' ? '' : `.${path}`}`,
    message,
  }));
  const told = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new OutriderError('config_invalid', told, { issues });
}

async function hooksOf(
  { plugin }: LoadedPlugin,
  host: Host,
  stopped: AbortController,
  clock: Clock,
): Promise<Hooks> {
  // In a promise of its own, so that a setup that throws at once is told like one that rejects.
  const pending = (async () => plugin.setup(host))();
  try {
    return checkedHooks(plugin.name, await within(clock, policy.setupMs, pending, setupLate));
  } catch (error) {
    stopped.abort();
    void pending.then((hooks) => disposed(hooks, clock)).catch(() => undefined);
    const known = outriderErrorOf(error);
    if (known?.code === 'plugin_invalid') throw known;
    throw new OutriderError('plugin_failed', `${plugin.name}: ${reasonOf(error)}`, { cause: error });
  }
}

const setupLate = (): Error => new Error(`setup took longer than ${policy.setupMs / 1000} s.`);

async function disposed(hooks: Hooks, clock: Clock): Promise<void> {
  const pending = (async () => hooks.dispose?.())();
  await within(clock, policy.disposeMs, pending, () => new Error('dispose took longer than 5 s.'));
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

function commandsOf(
  plugin: string,
  commands: Readonly<Record<string, Command>>,
): ReadonlyMap<string, RailedCommand> {
  return new Map(
    Object.entries(commands).map(([name, command]) => [
      name,
      { command, inputSchema: inputSchemaOf(`${plugin}/${name}`, command) },
    ]),
  );
}

/** JSON Schema (2020-12) of what a command takes. */
export function inputSchemaOf(id: string, { input }: Command): Readonly<Record<string, unknown>> {
  try {
    return z.toJSONSchema(input, { io: 'input', unrepresentable: 'any' });
  } catch (error) {
    throw new OutriderError('plugin_invalid', `The input of ${id} has no JSON Schema: ${reasonOf(error)}`);
  }
}

/** Another code or other options mean another version, so an old snapshot is never fed to a new fold. */
function versionOf({ plugin, codeVersion }: LoadedPlugin, config: unknown): string {
  const parts = [codeVersion, sourceOf(plugin), JSON.stringify(config)];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 16);
}
