import { z } from 'zod';
import {
  ApplicationDatabase,
  definePlugin,
  Events,
  HttpFinished,
  on,
  SqlFinished,
  viewCommand,
  type Finding,
} from '../../shared/index.ts';
import { Bursts, type Burst } from './across.ts';
import { batchedOf } from './batched.ts';
import { Collector } from './collector.ts';
import { detailsOf } from './details.ts';
import { BurstSeen, RepetitionSeen } from './events.ts';
import { ormOf } from './orm.ts';
import { repetitions } from './panel.ts';
import { repetitionsOf, type Repetition } from './rule.ts';
import { seenOf, type Trace } from './trace.ts';

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

  setup({ config, events, database, now, every, record, raise }) {
    const collector = new Collector();
    const bursts = new Bursts({ least: config.burstLeast, withinMs: config.burstSeconds * 1000 });

    every(1, () => {
      const nowMs = now().getTime();
      for (const trace of collector.take(nowMs)) {
        for (const repetition of repetitionsOf(trace, config)) tell(trace, repetition);
      }
      bursts.take(nowMs).forEach(tellBurst);
    });

    function tell(trace: Trace, repetition: Repetition): void {
      const orm = ormOf(repetition.text);
      const { kind, fingerprint, text, count, totalMs, isWrite, parent } = repetition;
      const fix =
        kind === 'duplicate'
          ? 'Ask once and keep the answer for the rest of the request.'
          : isWrite
            ? orm.write
            : orm.read;
      const about = { exchange: { id: trace.exchangeId, traceId: trace.traceId } };
      record(
        RepetitionSeen,
        {
          kind,
          route: trace.route,
          exchangeId: trace.exchangeId,
          fingerprint,
          text,
          count,
          totalMs,
          isWrite,
          fix,
          parent: parent && { text: parent.text, rows: parent.rows },
          orm: orm.name,
          batched: kind === 'n-plus-one' ? (batchedOf(repetition.executions)?.text ?? null) : null,
        },
        about,
      );
      raise(findingOf(trace, repetition, fix));
    }

    function tellBurst(burst: Burst): void {
      const { who, route, count, totalMs, positions } = burst;
      record(BurstSeen, { who, route, count, totalMs });
      raise({
        key: `n-plus-one/burst ${route} ${who}`,
        rule: 'n-plus-one/burst',
        severity: 'hint',
        title: `${who} asked for ${count} things one by one at ${route}`,
        advice: `Offer a route that takes many ids at once, e.g. \`${route.replace(/\/:[^/]+$/, '')}?ids=…\`.`,
        evidence: [...positions],
      });
    }

    return {
      on: [
        on(SqlFinished, (event) => {
          if (event.data.exchangeId !== null)
            collector.statement(event.data.exchangeId, seenOf(event.data, event.position));
        }),
        on(HttpFinished, ({ data, position, traceId }) => {
          const nowMs = now().getTime();
          collector.finished(data.exchangeId, {
            route: `${data.method} ${data.route}`,
            traceId: traceId ?? '',
            atMs: nowMs,
          });
          if (data.method !== 'GET' || !data.route.includes(':') || data.status >= 400) return;
          const who = data.principal?.label ?? data.clientAddress;
          bursts.visit({
            who,
            route: data.route,
            target: data.target,
            atMs: nowMs,
            durationMs: data.durationMs,
            position,
          });
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

function findingOf(
  trace: Trace,
  { kind, count, totalMs, fingerprint, parent, positions }: Repetition,
  fix: string,
): Finding {
  const what =
    kind === 'duplicate'
      ? 'the same statement'
      : parent
        ? 'one statement for each row of another'
        : 'one statement after the other';
  return {
    key: `n-plus-one/${kind} ${trace.route} ${fingerprint}`,
    rule: `n-plus-one/${kind}`,
    severity: kind === 'duplicate' ? 'hint' : 'warning',
    title: `${trace.route} sends ${what}: ${count} times, ${totalMs.toFixed(0)} ms`,
    advice: fix,
    evidence: [...positions],
    exchangeId: trace.exchangeId,
    details: { command: 'n-plus-one/open', input: { exchangeId: trace.exchangeId, fingerprint } },
  };
}
