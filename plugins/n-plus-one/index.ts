import { z } from 'zod';
import {
  ApplicationDatabase,
  definePlugin,
  Events,
  HttpFinished,
  on,
  SqlFinished,
  viewCommand,
} from '../../shared/index.ts';
import { Bursts } from './across.ts';
import { Collector } from './collector.ts';
import { detailsOf } from './details.ts';
import { BurstSeen, RepetitionSeen } from './events.ts';
import { burstSeen, findingOfBurst, findingOfRepetition, seenOfRepetition } from './findings.ts';
import { repetitions } from './panel.ts';
import { repetitionsOf } from './rule.ts';
import type { Trace } from './trace.ts';

const options = z.strictObject({
  /** Executions of one shape within one exchange from which they are told. */
  least: z.number().int().min(2).default(5),
  leastWithoutParent: z.number().int().min(2).default(12),
  /** Reads of different things by one caller within `burstSeconds` from which a batch route is proposed. */
  burstLeast: z.number().int().min(5).default(20),
  burstSeconds: z.number().positive().default(10),
});

/** Notices one statement for each row of another, the same statement again, and one request for each thing of a list. */
export default definePlugin({
  name: 'n-plus-one',
  summary: 'Finds statements and requests that are sent one by one where one would do.',
  config: options,
  uses: { events: Events, database: ApplicationDatabase },
  events: [RepetitionSeen, BurstSeen],
  panels: [repetitions],

  setup({ config, events, database, nowMs, every, record, raise }) {
    const collector = new Collector(config.least);
    const bursts = new Bursts({ least: config.burstLeast, withinMs: config.burstSeconds * 1000 });

    every(1, () => {
      collector.take(nowMs()).forEach(look);
      for (const burst of bursts.take(nowMs())) {
        record(BurstSeen, burstSeen(burst));
        raise(findingOfBurst(burst));
      }
    });

    function look(trace: Trace): void {
      for (const repetition of repetitionsOf(trace, config)) {
        const seen = seenOfRepetition(trace, repetition);
        record(RepetitionSeen, seen, { exchange: { id: trace.exchangeId, traceId: trace.traceId } });
        raise(findingOfRepetition(seen, repetition.positions));
      }
    }

    return {
      on: [
        on(SqlFinished, ({ data, position }) => {
          if (data.exchangeId !== null) collector.statement(data.exchangeId, data, position);
        }),
        on(HttpFinished, ({ data, position, traceId }) => {
          const { exchangeId, method, target, durationMs, principal, clientAddress } = data;
          const hasStatements = collector.has(exchangeId);
          const mayBurst = method === 'GET' && data.status < 400 && data.route.includes(':');
          if (!hasStatements && !mayBurst) return;
          const atMs = nowMs();
          const route = `${method} ${data.route}`;
          if (hasStatements) collector.finished(exchangeId, { route, traceId: traceId ?? '', atMs });
          const who = principal?.label ?? clientAddress;
          if (mayBurst) bursts.visit({ who, route, target, atMs, durationMs, position });
        }),
      ],
      commands: {
        open: viewCommand({
          title: 'Open a repetition',
          input: z.strictObject({ exchangeId: z.string(), fingerprint: z.string() }),
          run: (wanted) => detailsOf(wanted, events, database),
        }),
      },
    };
  },
});
