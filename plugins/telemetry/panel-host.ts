import {
  HttpSummary,
  PluginReloaded,
  PluginResumed,
  PluginSuspended,
  SidecarStarted,
  SqlSummary,
  panel,
  step,
  type TimelineEntry,
  type View,
} from '../../shared/index.ts';

interface HostState {
  exchangesLost: number;
  statementsLost: number;
  /** Plugin hooks that do not run at the moment, and until when. */
  suspended: Record<string, string>;
  entries: TimelineEntry[];
}

const mostEntries = 50;

/** How Outrider itself is: what it could not keep, and which plugin it had to stop. */
export const hostPanel = panel<HostState>({
  id: 'outrider',
  title: 'Outrider itself',
  dashboard: 'overview',
  initial: () => ({ exchangesLost: 0, statementsLost: 0, suspended: {}, entries: [] }),
  fold: [
    step(HttpSummary, (state: HostState, { data }) => {
      state.exchangesLost += data.sampledAway;
      return state;
    }),
    step(SqlSummary, (state: HostState, { data }) => {
      state.statementsLost += data.sampledAway;
      return state;
    }),
    step(SidecarStarted, (state: HostState, { at, id, data }) => {
      state.suspended = {};
      return told(state, {
        key: id,
        at,
        title: `Outrider ${data.version} started`,
        detail: `${data.plugins.length} plugins`,
      });
    }),
    step(PluginSuspended, (state: HostState, { at, id, data }) => {
      state.suspended[data.plugin] = data.untilAt;
      return told(state, {
        key: id,
        at,
        title: `${data.plugin} is suspended: its ${data.hook} failed`,
        detail: `${data.reason} It is tried again ${data.untilAt}.`,
        tone: 'bad',
      });
    }),
    step(PluginResumed, (state: HostState, { at, id, data }) => {
      delete state.suspended[data.plugin];
      return told(state, { key: id, at, title: `${data.plugin} runs again`, tone: 'good' });
    }),
    step(PluginReloaded, (state: HostState, { at, id, data }) =>
      told(state, {
        key: id,
        at,
        title: `${data.plugin} was reloaded: ${data.outcome}`,
        ...(data.reason !== undefined && { detail: data.reason }),
        tone: data.outcome === 'done' ? 'good' : 'warning',
      }),
    ),
  ],
  view: ({ exchangesLost, statementsLost, suspended, entries }): View => {
    const names = Object.keys(suspended);
    return {
      kind: 'stack',
      children: [
        {
          kind: 'columns',
          children: [
            lossStat('Exchanges sampled away', exchangesLost),
            lossStat('Statements sampled away', statementsLost),
            {
              kind: 'stat',
              label: 'Suspended plugins',
              value: names.length === 0 ? 'none' : names.join(', '),
              tone: names.length === 0 ? 'good' : 'bad',
            },
          ],
        },
        { kind: 'timeline', entries, empty: 'Nothing happened to Outrider.' },
      ],
    };
  },
});

function lossStat(label: string, count: number): View {
  return {
    kind: 'stat',
    label,
    value: String(count),
    tone: count === 0 ? 'neutral' : 'warning',
    note: 'their counts are exact all the same',
  };
}

function told(state: HostState, entry: TimelineEntry): HostState {
  state.entries.unshift(entry);
  state.entries.length = Math.min(state.entries.length, mostEntries);
  return state;
}
