import { z } from 'zod';
import { OutriderError, answers, inputSentence, issueText, issuesOf } from '../../shared/index.ts';
import type { Status } from '../../shared/index.ts';
import type { PluginHost } from '../plugins/plugin-host.ts';
import type { Panels } from '../record/panels.ts';
import type { Recorder } from '../record/recorder.ts';

/** What the queries of the gateway are made of. */
export interface Sources {
  readonly host: Pick<PluginHost, 'plugins' | 'panels' | 'commands' | 'findings'>;
  readonly panels: Pick<Panels, 'viewAt' | 'compare'>;
  readonly recorder: Pick<Recorder, 'read' | 'head' | 'log'>;
  readonly status: () => Status;
}

/** A query at a fixed address: one entry serves it, checks its parameters and describes it in the OpenAPI document. */
export interface Route {
  /** As express writes it: `/api/panels/:plugin/:id`. */
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly query: z.ZodObject;
  readonly answer: z.ZodType;
  run(sources: Sources, path: PathParameters, query: unknown): Promise<unknown> | unknown;
}

export type PathParameters = Readonly<Record<string, string>>;

const position = z.coerce.number<string>().int().min(0).max(Number.MAX_SAFE_INTEGER);
const none = z.strictObject({});

export const routes: readonly Route[] = [
  route({
    path: '/api/status',
    operationId: 'getStatus',
    summary: 'How the sidecar is.',
    query: none,
    answer: answers.status,
    run: ({ status }) => status(),
  }),
  route({
    path: '/api/plugins',
    operationId: 'listPlugins',
    summary: 'The plugins, what they may touch and how their hooks fare.',
    query: none,
    answer: answers.plugins,
    run: ({ host }) => ({ plugins: host.plugins() }),
  }),
  route({
    path: '/api/panels',
    operationId: 'listPanels',
    summary: 'The panels there are.',
    query: none,
    answer: answers.panels,
    run: ({ host }) => ({ panels: host.panels() }),
  }),
  route({
    path: '/api/panels/:plugin/:id',
    operationId: 'getPanel',
    summary: 'A panel as it is, or as it was after the event at a position.',
    query: z.strictObject({ at: position.optional() }),
    answer: answers.panel,
    run: ({ panels }, path, { at }) => panels.viewAt(`${path['plugin']}/${path['id']}`, at ?? null),
  }),
  route({
    path: '/api/panels/:plugin/:id/compare',
    operationId: 'comparePanel',
    summary: 'A panel at two positions of the log.',
    query: z.strictObject({ from: position, to: position }),
    answer: answers.compare,
    run: ({ panels }, path, { from, to }) => panels.compare(`${path['plugin']}/${path['id']}`, from, to),
  }),
  route({
    path: '/api/commands',
    operationId: 'listCommands',
    summary: 'The commands there are, with the schema of their input.',
    query: none,
    answer: answers.commands,
    run: ({ host }) => ({ commands: host.commands() }),
  }),
  route({
    path: '/api/findings',
    operationId: 'listFindings',
    summary: 'Open findings, the latest first.',
    query: none,
    answer: answers.findings,
    run: ({ host }) => ({ findings: host.findings() }),
  }),
  route({
    path: '/api/events',
    operationId: 'listEvents',
    summary:
      'One page of the log. To go on, give the last position as `after` (backward: one less as `upTo`).',
    query: z.strictObject({
      after: position.optional(),
      upTo: position.optional(),
      type: z
        .union([z.string(), z.array(z.string()).max(64)])
        .optional()
        .meta({ description: 'Only this kind; may be given several times.' }),
      stream: z.string().optional(),
      exchangeId: z.string().optional(),
      traceId: z.string().optional(),
      limit: z.coerce.number<string>().int().min(1).max(1_000).default(100),
      backward: z.enum(['true', 'false']).default('false').meta({ description: 'Newest first.' }),
    }),
    answer: answers.events,
    async run({ recorder }, _path, { type, backward, ...query }) {
      const types = type === undefined ? {} : { types: [type].flat() };
      const events = [];
      for await (const event of recorder.read({
        ...defined(query),
        ...types,
        isBackward: backward === 'true',
      }))
        events.push(event);
      return { events, head: recorder.head };
    },
  }),
  route({
    path: '/api/streams',
    operationId: 'listStreams',
    summary: 'Streams in name order. To go on, give the last name as `after`.',
    query: z.strictObject({
      prefix: z.string().optional(),
      after: z.string().optional(),
      limit: z.coerce.number<string>().int().min(1).max(1_000).default(100),
    }),
    answer: answers.streams,
    run: async ({ recorder }, _path, query) => ({ streams: await recorder.log.streams(defined(query)) }),
  }),
];

/** Checks the query by the route's schema and answers. Throws `input_invalid` and what the sources throw. */
export async function answerOf(
  { query, run }: Route,
  sources: Sources,
  path: PathParameters,
  given: unknown,
): Promise<unknown> {
  const parsed = query.safeParse(given, { error: inputSentence });
  if (!parsed.success) {
    const issues = issuesOf(parsed.error);
    throw new OutriderError('input_invalid', issues.map(issueText).join(' '), { issues });
  }
  return run(sources, path, parsed.data);
}

function route<Query extends z.ZodObject>(
  definition: Omit<Route, 'query' | 'run'> & {
    readonly query: Query;
    run(sources: Sources, path: PathParameters, query: z.output<Query>): Promise<unknown> | unknown;
  },
): Route {
  // Safe: `answerOf` calls `run` only with what this schema gave.
  return definition as unknown as Route;
}

/** Without the fields that are undefined, which `exactOptionalPropertyTypes`-minded readers would take as given. */
function defined<T extends object>(query: T): T {
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined)) as T;
}
