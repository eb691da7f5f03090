import { z } from 'zod';
import { command, OutriderError, viewCommand, type Command, type Recorded } from '../../shared/index.ts';
import type { Recorder } from '../record/recorder.ts';
import { exchangeView } from './exchange-view.ts';
import type { Findings } from './findings.ts';
import type { RailedCommand, Slot } from './instance.ts';
import type { LifeCycle } from './life-cycle.ts';
import type { Catalogue } from './catalogue.ts';
import { inputSchemaOf } from './set-up.ts';

/** What the host's own commands act on. */
export interface HostControls {
  readonly lifeCycle: Pick<LifeCycle, 'reload' | 'slot' | 'slots'>;
  readonly catalogue: () => Pick<Catalogue, 'plugins'>;
  readonly findings: Pick<Findings, 'open' | 'resolve'>;
  readonly recorder: Pick<Recorder, 'log'>;
  readonly onChanged: () => void;
}

/** The host's own commands, by address. */
export function hostCommands(controls: HostControls): ReadonlyMap<string, RailedCommand> {
  const commands: Readonly<Record<string, Command>> = {
    ...pluginCommands(controls),
    ...findingCommands(controls),
    ...logCommands(controls),
  };
  return new Map(
    Object.entries(commands).map(([id, each]) => [
      id,
      { command: each, inputSchema: inputSchemaOf(id, each) },
    ]),
  );
}

const pluginName = z.string().describe('The name of a plugin, e.g. api-keys.');

function pluginCommands({ lifeCycle, catalogue, onChanged }: HostControls) {
  return {
    'plugins/list': command({
      title: 'List plugins',
      cli: 'plugins list',
      effect: 'read',
      input: z.strictObject({}),
      run: () => ({ plugins: catalogue().plugins() }),
    }),
    'plugins/reload': command({
      title: 'Reload a plugin',
      summary:
        'Sets a plugin up anew with the code and options of now; the old one serves until that is done.',
      cli: 'plugins reload',
      effect: 'change',
      input: z.strictObject({ plugin: pluginName }),
      async run({ plugin }) {
        await lifeCycle.reload(plugin);
        return { reloaded: plugin };
      },
    }),
    'plugins/set-mode': command({
      title: 'Let a plugin act, or only observe',
      summary: 'Until the next start, or until the configuration says otherwise.',
      cli: 'plugins set-mode',
      effect: 'change',
      input: z.strictObject({ plugin: pluginName, mode: z.enum(['enforce', 'observe']) }),
      run({ plugin, mode }) {
        lifeCycle.slot(plugin).mode = mode;
        onChanged();
        return { plugin, mode };
      },
    }),
    'plugins/suspend': command({
      title: 'Suspend a plugin',
      summary: 'Sets its hooks aside for a while: requests and statements pass as if it were not there.',
      cli: 'plugins suspend',
      effect: 'change',
      input: z.strictObject({
        plugin: pluginName,
        seconds: z.number().int().positive().max(86_400).default(3600).describe('How long, at most a day.'),
      }),
      run({ plugin, seconds }, { actor }) {
        for (const rail of suspendable(lifeCycle.slot(plugin))) {
          rail.setAside(`${actor.label} suspended it.`, seconds * 1000);
        }
        return { plugin, seconds };
      },
    }),
    'plugins/resume': command({
      title: 'Resume a plugin',
      cli: 'plugins resume',
      effect: 'change',
      input: z.strictObject({ plugin: pluginName }),
      run({ plugin }) {
        for (const rail of lifeCycle.slot(plugin).instance.rails) rail.resume();
        return { plugin };
      },
    }),
  };
}

/** What `every` does is the plugin's upkeep (rotations, clean-up): suspending its hooks does not stop that. */
const suspendable = ({ instance }: Slot) => instance.rails.filter(({ hook }) => hook !== 'every');

function findingCommands({ findings }: HostControls) {
  return {
    'findings/list': command({
      title: 'List open findings',
      cli: 'findings list',
      effect: 'read',
      input: z.strictObject({}),
      run: () => ({ findings: findings.open() }),
    }),
    'findings/dismiss': command({
      title: 'Dismiss a finding',
      summary: 'Closes it until it is seen again.',
      cli: 'findings dismiss',
      effect: 'change',
      input: z.strictObject({ plugin: pluginName, key: z.string(), reason: z.string().max(500).optional() }),
      run({ plugin, key, reason }, { actor }) {
        const isOpen = findings.open().some((each) => each.plugin === plugin && each.key === key);
        if (!isOpen) throw new OutriderError('not_found', `${plugin} has no open finding with this key.`);
        findings.resolve(plugin, key, reason ?? `Dismissed by ${actor.label}.`);
        return { dismissed: key };
      },
    }),
  };
}

const pageLimit = 1_000;

function logCommands({ recorder }: HostControls) {
  return {
    'log/read': command({
      title: 'Read the event log',
      summary:
        'One page of the log; `next` is what `after` (or `upTo`, backward) has to be for the page behind it.',
      cli: 'log read',
      effect: 'read',
      input: z.strictObject({
        after: z.number().int().min(0).optional(),
        upTo: z.number().int().min(0).optional(),
        types: z.array(z.string()).max(64).optional(),
        stream: z.string().optional(),
        traceId: z.string().optional(),
        exchangeId: z.string().optional(),
        limit: z.number().int().positive().max(pageLimit).default(100),
        isBackward: z.boolean().default(false),
      }),
      async run(query) {
        const events = await collected(recorder.log.read(withoutUndefined(query)), query.limit);
        const last = events.at(-1)?.position;
        const next = last === undefined ? null : last - (query.isBackward ? 1 : 0);
        return { events, head: await recorder.log.head(), next };
      },
    }),
    'exchange/open': viewCommand({
      title: 'Open an exchange',
      summary: 'One request with its statements and every event about it.',
      cli: 'exchange open',
      input: z.strictObject({ exchangeId: z.string() }),
      async run({ exchangeId }) {
        const events = await collected(recorder.log.read({ exchangeId, limit: pageLimit }), pageLimit);
        return exchangeView(exchangeId, events);
      },
    }),
  };
}

async function collected(events: AsyncIterable<Recorded>, limit: number): Promise<readonly Recorded[]> {
  const page: Recorded[] = [];
  for await (const event of events) {
    page.push(event);
    if (page.length >= limit) break;
  }
  return page;
}

/** zod leaves optional fields out, but its type says `undefined`. */
function withoutUndefined<T extends object>(query: T): { [Name in keyof T]: Exclude<T[Name], undefined> } {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined);
  return Object.fromEntries(pairs) as { [Name in keyof T]: Exclude<T[Name], undefined> };
}
