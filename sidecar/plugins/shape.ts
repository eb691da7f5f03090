import { OutriderError, recordedKinds, type Hooks, type Plugin } from '../../shared/index.ts';

/** Names that would make an address of the host's own commands ambiguous. */
const reservedNames = new Set(['host', 'plugins', 'findings', 'log', 'exchange', 'sidecar']);
const kebab = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

/**
 * Checks that a value is a plugin: authors in JavaScript have no compiler. Throws `plugin_invalid` naming the
 * plugin and what is wrong with it. `where` says where it came from.
 */
export function checkedPlugin(value: unknown, where: string): Plugin {
  const wrong = (what: string) => new OutriderError('plugin_invalid', `${where}: ${what}`);
  if (!isRecord(value)) throw wrong('the default export is not an object.');
  const { name, summary, config, uses, setup } = value;
  if (typeof name !== 'string' || !kebab.test(name)) {
    throw wrong(`its name must be kebab-case, e.g. no-bots, not ${JSON.stringify(name)}.`);
  }
  if (reservedNames.has(name)) throw wrong(`the name ${name} is the host's own.`);
  if (typeof summary !== 'string') throw wrong(`${name} needs a summary.`);
  if (!isRecord(config) || typeof config['safeParse'] !== 'function') {
    throw wrong(`${name} needs a zod schema as config.`);
  }
  if (!isRecord(uses) || !Object.values(uses).every(isCapability)) {
    throw wrong(`${name} must list capabilities in uses ({} for none).`);
  }
  if (typeof setup !== 'function') throw wrong(`${name} needs a setup function.`);
  // Safe: every field the host reads was just checked; panels and events are checked below.
  const plugin = value as unknown as Plugin;
  checkEvents(plugin, wrong);
  checkPanels(plugin, wrong);
  return plugin;
}

type Wrong = (what: string) => OutriderError;

function checkEvents({ name, events = [] }: Plugin, wrong: Wrong): void {
  if (!Array.isArray(events)) throw wrong(`${name} must list its events.`);
  const own = new Set(recordedKinds.map((kind) => kind.name));
  for (const kind of events) {
    if (typeof kind?.name !== 'string' || typeof kind.schema?.parse !== 'function') {
      throw wrong(`${name} declares an event that was not made with event().`);
    }
    if (own.has(kind.name)) throw wrong(`${name} declares ${kind.name}, which only the host records.`);
  }
}

function checkPanels({ name, panels = [] }: Plugin, wrong: Wrong): void {
  if (!Array.isArray(panels) || !panels.every((each): boolean => isRecord(each)))
    throw wrong(`${name} must list its panels.`);
  const ids = panels.map(({ id }) => id);
  for (const { id, fold, initial, view } of panels) {
    if (!kebab.test(id)) throw wrong(`the panel id ${id} of ${name} must be kebab-case.`);
    if (!Array.isArray(fold) || typeof initial !== 'function' || typeof view !== 'function') {
      throw wrong(`the panel ${id} of ${name} needs initial, fold and view.`);
    }
  }
  if (new Set(ids).size !== ids.length) throw wrong(`${name} has two panels of one id.`);
}

/** Checks what `setup` returned. Throws `plugin_invalid`. */
export function checkedHooks(name: string, hooks: unknown): Hooks {
  const wrong = (what: string) => new OutriderError('plugin_invalid', `${name}: ${what}`);
  if (!isRecord(hooks)) throw wrong('setup must return its hooks ({} for none).');
  for (const hook of ['guard', 'beforeSql', 'beforeMessage']) {
    const guard = hooks[hook];
    if (guard === undefined) continue;
    if (!isRecord(guard) || typeof guard['check'] !== 'function') throw wrong(`${hook} needs check.`);
    if (guard['onFailure'] !== 'allow' && guard['onFailure'] !== 'deny') {
      throw wrong(`${hook} needs onFailure: 'allow' or 'deny'; there is no default.`);
    }
  }
  const { beforeMessage, around, replyKeys, on = [], commands = {}, dispose } = hooks;
  if (isRecord(beforeMessage) && !(Number(beforeMessage['maxBytes']) > 0))
    throw wrong('beforeMessage needs maxBytes: how much of a message it looks at.');
  if (around !== undefined && (!isRecord(around) || typeof around['handle'] !== 'function')) {
    throw wrong('around needs handle.');
  }
  if (
    replyKeys !== undefined &&
    !(isRecord(replyKeys) && isFunction(replyKeys['wants']) && isFunction(replyKeys['seen']))
  ) {
    throw wrong('replyKeys needs wants and seen.');
  }
  if (!Array.isArray(on) || !on.every((each) => typeof each?.to?.name === 'string' && isFunction(each.run))) {
    throw wrong('on must be a list of reactions made with on().');
  }
  if (!isRecord(commands)) throw wrong('commands must be an object of commands.');
  for (const [id, command] of Object.entries(commands)) checkCommand(id, command, wrong);
  if (dispose !== undefined && !isFunction(dispose)) throw wrong('dispose must be a function.');
  // Safe: every hook the host calls was just checked.
  return hooks as unknown as Hooks;
}

function checkCommand(id: string, command: unknown, wrong: Wrong): void {
  if (!kebab.test(id)) throw wrong(`the command name ${id} must be kebab-case.`);
  const isCommand =
    isRecord(command) &&
    typeof command['title'] === 'string' &&
    isRecord(command['input']) &&
    isFunction(command['input']['safeParse']) &&
    ['read', 'change', 'secret'].includes(String(command['effect'])) &&
    isFunction(command['run']);
  if (!isCommand) throw wrong(`the command ${id} was not made with command() or viewCommand().`);
}

const isFunction = (value: unknown): boolean => typeof value === 'function';

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

const isCapability = (value: unknown): boolean => isRecord(value) && typeof value['id'] === 'string';
