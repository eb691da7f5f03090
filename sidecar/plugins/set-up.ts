import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  inputSentence,
  issuesOf,
  OutriderError,
  type Command,
  type Hooks,
  type Host,
  type Mode,
  type Plugin,
} from '../../shared/index.ts';
import { within, type Clock } from './clock.ts';
import { outriderErrorOf } from './foreign-error.ts';
import { Guardrail, reasonOf } from './guardrail.ts';
import { hostFor, type Workshop } from './host-object.ts';
import { Busy, type Instance, type LoadedPlugin, type RailedCommand } from './instance.ts';
import { sourceOf } from './load.ts';
import { policy } from './policy.ts';
import { createReactionQueue } from './reactions.ts';
import { checkedHooks } from './shape.ts';

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
  const { clock, railEvents } = workshop;
  const { name } = loaded.plugin;
  const config = parsedOptions(loaded);
  const stopped = new AbortController();
  const busy = new Busy();
  const events = railEvents(name);
  const rail = (hook: string) => new Guardrail(hook, clock, events);
  const everyRail = rail('every');
  const given = { config, services, mode, signal: stopped.signal, rail: everyRail, busy };
  const { hooks, commands } = await hooksOf(loaded, hostFor(loaded, given, workshop), stopped, clock);
  const railed = railedHooks(hooks, rail, clock);
  return {
    loaded,
    config,
    service: hooks.service,
    ...railed,
    commands,
    rails: [...railed.rails, everyRail],
    busy,
    panelVersion: versionOf(loaded, config),
    async stop() {
      railed.reactions?.queue.close();
      stopped.abort();
      await disposed(hooks, clock).catch((error: unknown) => events.failed('dispose', error));
    },
  };
}

/** Each hook behind a guardrail of its own. */
function railedHooks(hooks: Hooks, rail: (hook: string) => Guardrail, clock: Clock) {
  const railed = <Hook>(name: string, hook: Hook | undefined) => (hook ? { hook, rail: rail(name) } : null);
  const guard = railed('guard', hooks.guard);
  const beforeSql = railed('beforeSql', hooks.beforeSql);
  const beforeMessage = railed('beforeMessage', hooks.beforeMessage);
  const around = railed('around', hooks.around);
  const replyKeys = railed('replyKeys', hooks.replyKeys);
  const on = hooks.on?.length ? railed('on', hooks.on) : null;
  return {
    guard,
    beforeSql,
    beforeMessage,
    around,
    replyKeys,
    reactions: on ? { list: on.hook, queue: createReactionQueue(on.rail, clock) } : null,
    rails: [guard, beforeSql, beforeMessage, around, replyKeys, on].flatMap((each) =>
      each ? [each.rail] : [],
    ),
  };
}

/** A plugin's options by its own schema. Throws `config_invalid` naming the plugin, the option and what is wrong. */
export function parsedOptions({ plugin, options }: LoadedPlugin): unknown {
  const parsed = checkedOptions(plugin, options ?? {});
  if (parsed.success) return parsed.data;
  const issues = issuesOf(parsed.error).map(({ path, message }) => ({
    path: `plugins.${plugin.name}.options${path === '' ? '' : `.${path}`}`,
    message,
  }));
  const told = issues.map(({ path, message }) => `${path}: ${message}`).join('; ');
  throw new OutriderError('config_invalid', told, { issues });
}

/** A schema that is none of zod's may throw. */
function checkedOptions({ name, config }: Plugin, options: unknown) {
  try {
    return config.safeParse(options, { error: inputSentence });
  } catch (error) {
    throw new OutriderError(
      'plugin_invalid',
      `${name}: its config cannot check options: ${reasonOf(error)}`,
      {
        cause: error,
      },
    );
  }
}

async function hooksOf(
  { plugin }: LoadedPlugin,
  host: Host,
  stopped: AbortController,
  clock: Clock,
): Promise<{ readonly hooks: Hooks; readonly commands: ReadonlyMap<string, RailedCommand> }> {
  // In a promise of its own, so that a setup that throws at once is told like one that rejects.
  const pending = (async () => plugin.setup(host))();
  try {
    const hooks = checkedHooks(plugin.name, await within(clock, policy.setupMs, pending, setupLate));
    return { hooks, commands: commandsOf(plugin.name, hooks.commands ?? {}) };
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
