import {
  atMost,
  BackendAccess,
  Credentials,
  Events,
  ExchangesInFlight,
  PrivateStore,
  Shared,
  definePlugin,
  type Exchange,
  type Hooks,
} from '../../shared/index.ts';
import { blockedSources } from './blocked.ts';
import { filterCommands } from './commands.ts';
import { configSchema } from './config.ts';
import { FieldLearnt, MatchReported, SettingsChanged, SqlReached, ValuesSampled } from './events.ts';
import { guardOf, type Filter } from './guard.ts';
import { createHistory } from './history.ts';
import { createLearner } from './learning.ts';
import { messageGuardOf } from './message-guard.ts';
import { readDescription, type Description } from './open-api.ts';
import { securityPanels } from './panels.ts';
import { readValues } from './places.ts';
import { policyOf } from './policy.ts';
import { recentMessages } from './recent-messages.ts';
import { settingsKeeper } from './settings.ts';
import { sinkGuard } from './sink-guard.ts';
import { createSink, type SinkSource } from './sink.ts';

/** A set-up has 10 s. */
const firstReadSeconds = 5;

/** Refuses requests whose values would act as SQL, script or shell commands, and tells an attack from talk about attacks. */
export default definePlugin({
  name: 'injection-filter',
  summary:
    'Refuses SQL, script and command injection in any part of a request; prose, prompts and code pass.',
  config: configSchema,
  uses: {
    credentials: Credentials,
    store: PrivateStore,
    shared: Shared,
    events: Events,
    exchanges: ExchangesInFlight,
    backend: BackendAccess,
  },
  events: [MatchReported, SqlReached, FieldLearnt, ValuesSampled, SettingsChanged],
  panels: securityPanels,

  async setup(host): Promise<Hooks> {
    const { config, now, record } = host;
    const settings = settingsKeeper(host.store, host.shared);
    const failed = (what: string) => (error: unknown) =>
      host.log.warn(`${what} failed.`, { reason: String(error) });
    await atMost(firstReadSeconds, settings.load().catch(failed('Reading settings')));
    // A store that is away is no reason to let attacks through: the configuration counts until it answers.
    host.every(5, () => (settings.isLoaded ? undefined : settings.load().catch(() => undefined)));
    const unfollow = settings.follow(failed('Reading changed settings'));
    host.every(60, () => settings.load().catch(failed('Reading settings')));

    let description: Description | null = null;
    const describe = async (): Promise<void> => {
      description = (await readDescription(host.backend, config.openApi)) ?? description;
    };
    if (config.openApi.mode !== 'off' || config.openApi.routes.length > 0) {
      // A backend that starts together with the sidecar may not answer yet.
      void describe().catch(() => undefined);
      host.every(60, () => describe().catch(failed("Reading the backend's description")));
    }

    const learner = createLearner(config.learnFromOneIn, now);
    const history = createHistory(config.historyValues);
    host.every(60, () => {
      learner.proposals().forEach((proposal) => record(FieldLearnt, proposal));
      const sampled = history.take();
      if (sampled) record(ValuesSampled, { ...sampled, values: [...sampled.values] });
    });

    const headersOf = (exchange: Exchange) => host.credentials.headersOf(exchange);
    const sinkSource: SinkSource = {
      sharing: (id) => host.exchanges.sharing(id),
      readValues: (exchange, keep) => readValues(exchange.request, headersOf(exchange), keep),
    };
    const recent = config.sink !== 'off' && config.messages.mode !== 'off' ? recentMessages() : null;
    const sink = config.sink === 'off' ? null : createSink(sinkSource);
    const describedKinds = () => description?.kinds ?? [];
    const filter: Filter = {
      config,
      policy: policyOf(config, settings.current, describedKinds),
      learner: {
        ...learner,
        see(route, field, value) {
          learner.see(route, field, value);
          history.see(route, field, value);
        },
      },
      blocked: blockedSources(settings.current, now),
      description: () => description,
      headersOf,
      report(exchange, details, why) {
        const { method, route, clientAddress } = exchange.request;
        record(MatchReported, { ...details, method, route, clientAddress, why }, { exchange });
      },
    };
    return {
      guard: guardOf(filter),
      ...(config.messages.mode !== 'off' && { beforeMessage: messageGuardOf(filter, recent) }),
      ...(sink && {
        beforeSql: sinkGuard({
          sink: {
            reached: (exchangeId, statement) =>
              sink.reached(exchangeId, statement) ?? recent?.reached(exchangeId, statement) ?? null,
          },
          exchanges: host.exchanges,
          isEnforced: config.sink === 'enforce',
          raise: host.raise,
          record: (details, exchange) => record(SqlReached, details, exchange ? { exchange } : {}),
        }),
      }),
      commands: filterCommands({
        config,
        settings,
        events: host.events,
        describedKinds,
        now,
        changed: (change, what) => record(SettingsChanged, { change, what }),
      }),
      dispose: unfollow,
    };
  },
});
