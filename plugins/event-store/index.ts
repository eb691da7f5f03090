import { z } from 'zod';
import { Events, HttpFinished, SqlFinished, definePlugin, on } from '../../shared/index.ts';
import { Audited, audit } from './audit.ts';
import { eventCommands } from './commands.ts';
import { panels } from './panels.ts';

/** Event sourcing for any backend: streams with expected versions, replay, and an audit entry for each change. */
export default definePlugin({
  name: 'event-store',
  summary: 'Append, read and replay event streams; every exchange that changes something is audited.',
  config: z.strictObject({
    /** Whether exchanges that change something are audited. */
    audit: z.boolean().default(true),
    /** Whether a GET that was seen writing to the database counts as changing something. */
    auditReadsThatWrite: z.boolean().default(true),
    /** Events one replay reads at most. */
    mostReplayed: z.number().int().positive().max(1_000_000).default(100_000),
  }),
  uses: { events: Events },
  events: [Audited],
  panels,

  setup({ config, events, record }) {
    const changes = audit({ readsThatWrite: config.auditReadsThatWrite });
    const reactions = [
      on(SqlFinished, ({ data }) => changes.statement(data)),
      on(HttpFinished, ({ data, position, traceId }) => {
        const entry = changes.exchange(data);
        if (!entry) return;
        record(Audited, entry, {
          ...(traceId !== null && { exchange: { id: data.exchangeId, traceId } }),
          // An exchange that was sampled away lies at no position that could be named.
          ...(position > 0 && { causedBy: position }),
        });
      }),
    ];
    return {
      on: config.audit ? reactions : [],
      commands: eventCommands(events, config),
    };
  },
});
