import { z } from 'zod';
import {
  OutriderError,
  command,
  viewCommand,
  type Command,
  type EventLog,
  type LogQuery,
  type Recorded,
} from '../../shared/index.ts';
import { eventType, ownerOf, reservedOwners, streamName } from './names.ts';
import { reducers, type Rules } from './replay.ts';
import { foldLog, type Folded } from './rebuild.ts';
import { eventView, replayView, streamView } from './views.ts';

const position = z.coerce.number().int().min(0);
const page = z.coerce.number().int().min(1).max(1000).default(100);
const rules = z
  .record(z.string().min(1).max(200), z.enum(reducers))
  .default({})
  .describe('Event type, or a prefix ending in *, to what it does; events of other types are merged.');

/** Reading and appending by the gateway, the command line and the editor; one definition each. */
export function eventCommands(
  log: EventLog,
  options: { readonly mostReplayed: number },
): Record<string, Command> {
  return {
    append: command({
      title: 'Append events',
      summary:
        'Appends to one stream, all or nothing; refused when the stream has another version than expected.',
      effect: 'change',
      cli: 'events append',
      http: { method: 'POST', path: '/api/events/streams/:stream', status: 201 },
      input: z.strictObject({
        stream: streamName,
        events: z
          .array(
            z.strictObject({
              type: eventType,
              data: z.unknown().default(null),
              causedBy: position.optional(),
              traceId: z.string().max(64).optional(),
            }),
          )
          .min(1)
          .max(1000),
        /** The version the stream must have; 0: it must not exist; left out: any. */
        expectedVersion: z.union([z.literal('any'), position]).default('any'),
      }),
      async run({ stream, events, expectedVersion }) {
        for (const { type } of events) refuseReserved(type);
        return log.append(stream, events, expectedVersion);
      },
    }),
    stream: command({
      title: 'Read a stream',
      effect: 'read',
      cli: 'events stream',
      http: { method: 'GET', path: '/api/events/streams/:stream' },
      input: z.strictObject({
        stream: streamName,
        after: position.optional(),
        upTo: position.optional(),
        limit: page,
      }),
      async run({ stream, ...more }) {
        const events = await collected(log, { stream, ...defined(more) });
        if (events.length === 0 && more.after === undefined)
          throw new OutriderError('stream_unknown', stream);
        return { stream, events, next: events.length === more.limit ? events.at(-1)?.position : null };
      },
    }),
    all: command({
      title: 'Read all events',
      summary: 'Events of every stream in log order, filtered, page by page.',
      effect: 'read',
      cli: 'events read',
      input: z.strictObject({
        after: position.optional(),
        upTo: position.optional(),
        limit: page,
        types: z.preprocess(
          (given) => (typeof given === 'string' ? given.split(',') : given),
          z.array(z.string()).max(64).optional(),
        ),
        traceId: z.string().optional(),
        exchangeId: z.string().optional(),
        isBackward: z.preprocess(
          (given) => (given === 'true' ? true : given === 'false' ? false : given),
          z.boolean().default(false),
        ),
      }),
      async run(query) {
        const events = await collected(log, defined(query));
        return {
          events,
          next: events.length === query.limit ? events.at(-1)?.position : null,
          head: await log.head(),
        };
      },
    }),
    streams: command({
      title: 'List streams',
      effect: 'read',
      cli: 'events streams',
      http: { method: 'GET', path: '/api/events/streams' },
      input: z.strictObject({
        prefix: z.string().max(200).optional(),
        after: z.string().max(200).optional(),
        limit: page,
      }),
      run: async (query) => ({ streams: await log.streams(defined(query)) }),
    }),
    replay: command({
      title: 'Replay a stream',
      summary:
        'Rebuilds the state of a stream at a version, a position or a moment, with every change on the way.',
      effect: 'read',
      cli: 'events replay',
      input: z.strictObject({
        stream: streamName,
        /** Up to and with this version of the stream. */
        version: position.optional(),
        /** Up to and with this position of the log. */
        upTo: position.optional(),
        /** Up to and with this moment. */
        until: z.iso.datetime({ offset: true }).optional(),
        rules,
        /** How many of the last steps come with their state and changes. */
        steps: z.coerce.number().int().min(0).max(200).default(20),
      }),
      run: async (input) => replayed(input),
    }),
    'open-stream': viewCommand({
      title: 'Open a stream',
      input: z.strictObject({ stream: streamName }),
      run: async ({ stream }) => streamView(await replayed({ stream, rules: {}, steps: 50 })),
    }),
    'open-replay': viewCommand({
      title: 'Open a stream as it was',
      input: z.strictObject({ stream: streamName, version: position }),
      run: async ({ stream, version }) =>
        replayView(await replayed({ stream, version, rules: {}, steps: 1 })),
    }),
    'open-event': viewCommand({
      title: 'Open an event',
      input: z.strictObject({ position: position.min(1) }),
      async run({ position: at }) {
        const [found] = await collected(log, { after: at - 1, upTo: at, limit: 1 });
        if (!found) throw new OutriderError('position_gone', `Position ${at}.`);
        const related =
          found.exchangeId === null ? [] : await collected(log, { exchangeId: found.exchangeId, limit: 100 });
        return eventView(found, related);
      },
    }),
  };

  async function replayed(input: {
    stream: string;
    version?: number | undefined;
    upTo?: number | undefined;
    until?: string | undefined;
    rules: Rules;
    steps: number;
  }): Promise<Folded> {
    const folded = await foldLog(log, { ...input, mostReplayed: options.mostReplayed });
    if (folded.events === 0) throw new OutriderError('stream_unknown', input.stream);
    return folded;
  }
}

function refuseReserved(type: string): void {
  if (reservedOwners.includes(ownerOf(type)))
    throw new OutriderError('input_invalid', `Events of ${ownerOf(type)}/ are recorded by Outrider alone.`, {
      issues: [{ path: 'events', message: `the type ${type} is reserved` }],
    });
}

async function collected(log: EventLog, query: LogQuery): Promise<readonly Recorded[]> {
  const events: Recorded[] = [];
  for await (const event of log.read(query)) events.push(event);
  return events;
}

/** Without the members that are undefined, which exact optional members of a query do not take. */
function defined<Query extends object>(
  query: Query,
): { [Name in keyof Query]: Exclude<Query[Name], undefined> } {
  // Safe: exactly the members whose value is undefined are left out.
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Query]: Exclude<Query[Name], undefined>;
  };
}
