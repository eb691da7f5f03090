import { Credentials, definePlugin, type Exchange } from '../../shared/index.ts';
import { configSchema } from './config.ts';
import { MatchReported } from './events.ts';
import { guardOf } from './guard.ts';
import { securityPanels } from './panels.ts';
import { policyOf } from './policy.ts';

/** Refuses requests whose values would act as SQL, script or shell commands, and tells an attack from talk about attacks. */
export default definePlugin({
  name: 'injection-filter',
  summary:
    'Refuses SQL, script and command injection in any part of a request; prose, prompts and code pass.',
  config: configSchema,
  uses: { credentials: Credentials },
  events: [MatchReported],
  panels: securityPanels,

  setup({ config, credentials, record }) {
    const policy = policyOf(config, () => config.exclusions);
    return {
      guard: guardOf(config, {
        policy,
        headersOf: (exchange: Exchange) => credentials.headersOf(exchange),
        report: (exchange, { details, why }) => {
          const { method, route, clientAddress } = exchange.request;
          record(MatchReported, { ...details, method, route, clientAddress, why }, { exchange });
        },
      }),
    };
  },
});
