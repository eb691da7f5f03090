import { OutriderError, PluginReloaded, type Mode, type Plugin } from '../../shared/index.ts';
import type { Recorder } from '../record/recorder.ts';
import { within, type Clock } from './clock.ts';
import { outriderErrorOf } from './foreign-error.ts';
import { reasonOf } from './guardrail.ts';
import type { Workshop } from './host-object.ts';
import type { Instance, LoadedPlugin, Slot } from './instance.ts';
import { setupOrder, withDependents } from './order.ts';
import { policy } from './policy.ts';
import { servicesFor, type ServiceSources } from './services.ts';
import { setUp } from './set-up.ts';
import { tableOf, type Table } from './table.ts';

/** Plugins from set-up to disposal. */
export interface LifeCycle {
  /** In configured order. */
  slots(): readonly Slot[];
  table(): Table;
  slot(name: string): Slot;
  reload(name: string): Promise<void>;
  /** Lets what is under way finish, then disposes of every plugin, users before providers. */
  close(): Promise<void>;
}

export interface LifeCycleOptions {
  readonly loadAgain: (plugin: string) => Promise<LoadedPlugin>;
  readonly sources: ServiceSources;
  readonly workshop: Workshop;
  readonly recorder: Pick<Recorder, 'record'>;
  readonly clock: Clock;
  readonly onReloaded: () => void;
}

/** Sets every plugin up, providers first. Rejects with why one could not be; those before it are stopped again. */
export async function startPlugins(
  loaded: readonly LoadedPlugin[],
  options: LifeCycleOptions,
): Promise<LifeCycle> {
  const { workshop, sources, clock } = options;
  let slots: readonly Slot[] = [];
  let table = tableOf(slots);
  let queue: Promise<void> = Promise.resolve();
  const retiring = new Set<Promise<void>>();

  /** Sets up in order; each finds the services of those before it, else those that run already. */
  async function setUpAll(
    ordered: readonly LoadedPlugin[],
    running: ReadonlyMap<string, unknown>,
  ): Promise<ReadonlyMap<string, Instance>> {
    const provided = new Map(running);
    const done = new Map<string, Instance>();
    try {
      for (const item of ordered) {
        const { plugin, mode } = item;
        const services = servicesFor(plugin, sources, provided);
        const modeNow = (): Mode => slotOf(plugin.name)?.mode ?? mode;
        const instance = await setUp(item, modeNow, services, workshop);
        done.set(plugin.name, instance);
        if (plugin.provides) provided.set(plugin.provides.id, instance.service);
      }
      return done;
    } catch (error) {
      await stopAll([...done.values()].reverse(), clock);
      throw error;
    }
  }

  async function reloadNow(name: string): Promise<void> {
    const slot = slotNamed(name);
    try {
      const fresh = await options.loadAgain(name);
      if (fresh.plugin.name !== name) {
        throw new OutriderError('plugin_invalid', `${name} is now called ${fresh.plugin.name}: start again.`);
      }
      await replace(fresh);
      slot.reloadFailure = null;
      options.recorder.record(PluginReloaded, { plugin: name, outcome: 'done' });
    } catch (error) {
      slot.reloadFailure = reasonOf(error);
      options.recorder.record(PluginReloaded, { plugin: name, outcome: 'kept old', reason: reasonOf(error) });
      throw outriderErrorOf(error) ?? new OutriderError('plugin_failed', `${name}: ${reasonOf(error)}`);
    } finally {
      options.onReloaded();
    }
  }

  /** The plugin and all that use what it provides are set up anew together, and change places at one moment. */
  async function replace(fresh: LoadedPlugin): Promise<void> {
    const name = fresh.plugin.name;
    const next = slots.map((slot) => (slot.name === name ? fresh : slot.instance.loaded));
    const affected = withDependents(
      name,
      next.map(({ plugin }) => plugin),
    );
    const ordered = setupOrder(next).filter(({ plugin }) => affected.has(plugin.name));
    const instances = await setUpAll(ordered, servicesNow());
    const old = slots.filter((slot) => affected.has(slot.name)).map(({ instance }) => instance);
    for (const slot of slots) takeOver(slot, instances.get(slot.name));
    table = tableOf(slots);
    retire(old);
  }

  /** A mode set while running is kept, unless the configuration says something new. */
  function takeOver(slot: Slot, instance: Instance | undefined): void {
    if (!instance) return;
    if (instance.loaded.mode !== slot.instance.loaded.mode) slot.mode = instance.loaded.mode;
    slot.instance = instance;
  }

  function retire(old: readonly Instance[]): void {
    const retired: Promise<void> = stopAll([...old].reverse(), clock).finally(() => retiring.delete(retired));
    retiring.add(retired);
  }

  function servicesNow(): ReadonlyMap<string, unknown> {
    const providers = slots.flatMap(({ instance }) => {
      const { provides } = instance.loaded.plugin;
      return provides ? [[provides.id, instance.service] as const] : [];
    });
    return new Map(providers);
  }

  function slotNamed(name: string): Slot {
    const slot = slotOf(name);
    if (!slot) throw new OutriderError('plugin_unknown', name);
    return slot;
  }

  const slotOf = (name: string): Slot | undefined => slots.find((slot) => slot.name === name);

  const started = await setUpAll(setupOrder(loaded), new Map());
  slots = loaded.flatMap(({ plugin: { name }, mode }): readonly Slot[] => {
    const instance = started.get(name);
    return instance ? [{ name, mode, instance, reloadFailure: null }] : [];
  });
  table = tableOf(slots);

  return {
    slots: () => slots,
    table: () => table,
    slot: slotNamed,
    reload(name) {
      // One at a time: two reloads at once could each keep half of the other's plugins.
      const reloaded = queue.then(() => reloadNow(name));
      queue = reloaded.catch(() => undefined);
      return reloaded;
    },
    async close() {
      await queue;
      const ordered = setupOrder(slots.map(({ instance }) => instance.loaded)).map(({ plugin }) => plugin);
      await stopAll(
        ordered.toReversed().map((plugin: Plugin) => slotNamed(plugin.name).instance),
        clock,
      );
      await Promise.all(retiring);
    },
  };
}

/** One after the other, each once nothing of it is under way any more, at most 30 s. */
async function stopAll(instances: readonly Instance[], clock: Clock): Promise<void> {
  for (const instance of instances) {
    const idle = Promise.all([instance.busy.idle(), instance.reactions?.queue.drained()]);
    // Past the limit it is stopped all the same: its signal tells what still runs.
    await within(clock, policy.retireMs, idle, () => new Error('busy')).catch(() => undefined);
    await instance.stop();
  }
}
