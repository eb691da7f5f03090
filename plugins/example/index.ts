import {
  GuardDenied,
  OutriderError,
  PrivateStore,
  allowed,
  command,
  definePlugin,
  deny,
  event,
  panel,
  step,
  type View,
} from '@outrider/shared';
import { z } from 'zod';

/** Facts this plugin records. Recorded facts are checked against the schema. */
const Closed = event(
  'example/closed',
  'forever',
  z.object({ untilAt: z.string(), reason: z.string(), by: z.string() }),
);
const Reopened = event('example/reopened', 'forever', z.object({ by: z.string() }));

/** What the panel knows after folding the facts; plain JSON. */
interface Window {
  closed: { untilAt: string; reason: string; by: string } | null;
  refused: number;
}

const maintenance = panel<Window>({
  id: 'maintenance',
  title: 'Maintenance window',
  dashboard: 'plugins',
  initial: () => ({ closed: null, refused: 0 }),
  fold: [
    step(Closed, (_, { data }) => ({ closed: data, refused: 0 })),
    step(Reopened, (state) => ({ ...state, closed: null })),
    step(GuardDenied, (state, { data }) =>
      data.plugin === 'example' ? { ...state, refused: state.refused + data.count } : state,
    ),
  ],
  view: ({ closed, refused }, moment) =>
    closed && Date.parse(closed.untilAt) > moment.getTime() ? closedView(closed, refused) : openView,
});

/** Refuses changes while the backend is being maintained. Copy this folder to begin a plugin of your own. */
export default definePlugin({
  name: 'example',
  summary: 'Refuses changes during a maintenance window; reading goes on.',
  config: z.strictObject({
    /** Methods refused while the window lasts. */
    methods: z.array(z.string()).default(['POST', 'PUT', 'PATCH', 'DELETE']),
    /** The longest window, so nobody closes the backend for good by a typing error. */
    mostMinutes: z.number().positive().max(1440).default(240),
  }),
  uses: { store: PrivateStore },
  events: [Closed, Reopened],
  panels: [maintenance],

  async setup({ config, store, record, now }) {
    let closed = await store.get<{ untilMs: number; reason: string }>('closed');

    return {
      guard: {
        match: { methods: config.methods },
        onFailure: 'allow',
        check() {
          const leftMs = (closed?.untilMs ?? 0) - now().getTime();
          if (!closed || leftMs <= 0) return allowed;
          return deny(503, closed.reason, { retryAfterSeconds: Math.ceil(leftMs / 1000) });
        },
      },
      commands: {
        close: command({
          title: 'Begin a maintenance window',
          effect: 'change',
          input: z.object({
            minutes: z.coerce.number().positive(),
            reason: z.string().max(200).default('Maintenance: please try again later.'),
          }),
          async run({ minutes, reason }, { actor }) {
            if (minutes > config.mostMinutes)
              throw new OutriderError(
                'input_invalid',
                `A window lasts at most ${config.mostMinutes} minutes.`,
              );
            const untilMs = now().getTime() + minutes * 60_000;
            await store.set('closed', { untilMs, reason });
            closed = { untilMs, reason };
            const untilAt = new Date(untilMs).toISOString();
            record(Closed, { untilAt, reason, by: actor.label });
            return { untilAt };
          },
        }),
        reopen: command({
          title: 'End the maintenance window',
          effect: 'change',
          input: z.object({}),
          async run(_, { actor }) {
            await store.delete('closed');
            closed = undefined;
            record(Reopened, { by: actor.label });
            return {};
          },
        }),
      },
    };
  },
});

const openView: View = {
  kind: 'stack',
  children: [
    { kind: 'stat', label: 'Backend', value: 'open', tone: 'good' },
    { kind: 'actions', actions: [{ label: 'Begin a window', command: 'example/close', asks: true }] },
  ],
};

function closedView({ untilAt, reason, by }: NonNullable<Window['closed']>, refused: number): View {
  return {
    kind: 'stack',
    children: [
      {
        kind: 'stat',
        label: 'Backend',
        value: 'closed',
        tone: 'warning',
        note: `until ${untilAt}, by ${by}`,
      },
      { kind: 'stat', label: 'Refused', value: String(refused), note: reason },
      { kind: 'actions', actions: [{ label: 'Reopen now', command: 'example/reopen' }] },
    ],
  };
}
