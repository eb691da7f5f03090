import { z } from 'zod';
import { event, type EventKind } from './events.ts';

/** Kinds the host itself records. A plugin may react to them and fold them, and never record them. */

const principal = z.object({ kind: z.string(), id: z.string(), label: z.string() });

/** A line in the user's source, when it is known. */
export const codeLocation = z.object({
  file: z.string(),
  line: z.number().int(),
  function: z.string().optional(),
});

/** Stands for every kind in a fold or a reaction: domain events have names of the user's own. */
export const AnyEvent = event('*', 'days', z.unknown());

export const SidecarStarted = event(
  'sidecar/started',
  'forever',
  z.object({ version: z.string(), plugins: z.array(z.object({ name: z.string(), mode: z.string() })) }),
);

export const HttpFinished = event(
  'http/finished',
  'days',
  z.object({
    exchangeId: z.string(),
    method: z.string(),
    /** `/agents/:id` */
    route: z.string(),
    /** Path and query as received, secrets masked, cut at 2,048 characters. */
    target: z.string(),
    /** 0 when the client left before there was a status. */
    status: z.number().int(),
    durationMs: z.number(),
    /** Until the first byte of the reply left; null when none did. */
    firstByteMs: z.number().nullable(),
    requestBytes: z.number().int(),
    replyBytes: z.number().int(),
    principal: principal.nullable(),
    clientAddress: z.string(),
    /** `backend`, `outrider`, or the name of the plugin that answered instead. */
    servedBy: z.string(),
    isStreaming: z.boolean(),
    isUpgrade: z.boolean(),
    /** Chunks sent and the longest pause between two of them; streams only. */
    chunks: z.object({ count: z.number().int(), longestGapMs: z.number() }).optional(),
    /** The error code of the problem document, or `client_gone`. */
    error: z.string().optional(),
  }),
);

/** Counts by powers of two: bucket n counts durations below 2^n / 16 ms that no bucket before it counts (see duration-buckets.ts). */
export const durationBuckets = z.array(z.number().int());

/** Exact counts, one event a second with traffic; never sampled, unlike `http/finished`. */
export const HttpSummary = event(
  'http/summary',
  'days',
  z.object({
    seconds: z.number(),
    /** At most 500 rows; the rest is added up under the route `(other)`. */
    rows: z.array(
      z.object({
        method: z.string(),
        route: z.string(),
        status: z.number().int(),
        principalId: z.string().nullable(),
        servedBy: z.string(),
        count: z.number().int(),
        durationMsSum: z.number(),
        durationMsMax: z.number(),
        buckets: durationBuckets,
      }),
    ),
    /** How many `http/finished` were sampled away in this time. */
    sampledAway: z.number().int(),
    inFlight: z.number().int(),
  }),
);

export const attribution = z.enum(['exact', 'inferred', 'ambiguous', 'none']);

export const SqlFinished = event(
  'sql/finished',
  'days',
  z.object({
    exchangeId: z.string().nullable(),
    attribution,
    fingerprint: z.string(),
    /** As the backend wrote it, cut at 16 KiB. */
    text: z.string(),
    /**
     * As text, each cut at 256 characters; null is SQL NULL, `[binary]` was not decoded. Hidden ones are `[redacted]`, or
     * `[redacted 9hG2xQ]`, which is equal for equal values of one exchange.
     */
    parameters: z.array(z.string().nullable()),
    /** `SELECT`, `INSERT`, `COPY` … from the command tag; empty on error. */
    command: z.string(),
    reads: z.array(z.string()),
    writes: z.array(z.string()),
    rows: z.number().int(),
    /** Of a few executions a second: the columns they returned, and the bytes that came for each in the first `rows` rows. */
    result: z
      .object({
        rows: z.number().int(),
        columns: z.array(z.object({ name: z.string(), bytes: z.number().int() })),
      })
      .optional(),
    /** To the microsecond: from when PostgreSQL could begin it until its completion. */
    durationMs: z.number(),
    startedAt: z.string(),
    connection: z.number().int(),
    database: z.string(),
    user: z.string(),
    /** `I` idle, `T` in a transaction, `E` in a failed one, as it was when the statement started. */
    transaction: z.enum(['I', 'T', 'E']),
    /** True when a row-limited Execute stopped early: one fetch of a cursor. */
    isPartial: z.boolean(),
    error: z.object({ sqlstate: z.string(), message: z.string() }).optional(),
    where: codeLocation.optional(),
    /** sqlcommenter tags found in the text (route, controller, framework …). */
    tags: z.record(z.string(), z.string()).optional(),
  }),
);

/** Exact counts, one event a second with statements; never sampled, unlike `sql/finished`. */
export const SqlSummary = event(
  'sql/summary',
  'days',
  z.object({
    seconds: z.number(),
    /** At most 500 rows; the rest is added up under the fingerprint `(other)`. */
    rows: z.array(
      z.object({
        fingerprint: z.string(),
        text: z.string(),
        count: z.number().int(),
        errors: z.number().int(),
        rows: z.number().int(),
        durationMsSum: z.number(),
        durationMsMax: z.number(),
        buckets: durationBuckets,
      }),
    ),
    sampledAway: z.number().int(),
    connections: z.number().int(),
    opaqueConnections: z.number().int(),
  }),
);

/** A guard answered no: a request, or a statement when `statement` is present. */
export const GuardDenied = event(
  'guard/denied',
  'forever',
  z.object({
    exchangeId: z.string().nullable(),
    plugin: z.string(),
    code: z.string(),
    status: z.number().int(),
    reason: z.string(),
    /** False while the plugin only observes. */
    isEnforced: z.boolean(),
    method: z.string(),
    route: z.string(),
    clientAddress: z.string(),
    principal: principal.nullable(),
    /** What the guard knows and the client is not told, e.g. rule, place and redacted excerpt. */
    details: z.unknown(),
    statement: z.object({ fingerprint: z.string(), text: z.string() }).optional(),
    /** How many alike were folded into this one because they came faster than they could be kept. */
    count: z.number().int(),
  }),
);

/**
 * An around that only observes would have sent another reply than the backend's, or the same one without asking
 * the backend. What it would have passed on unchanged is not recorded.
 */
export const AroundCompared = event(
  'around/compared',
  'days',
  z.object({
    exchangeId: z.string(),
    plugin: z.string(),
    method: z.string(),
    route: z.string(),
    isSame: z.boolean(),
    /** False when it would have answered by itself. */
    hadAskedBackend: z.boolean(),
    /** What differs, as a sentence; null when nothing does. */
    difference: z.string().nullable(),
  }),
);

/** The audit log of what people, scripts and coding agents asked for. */
export const CommandRun = event(
  'command/run',
  'forever',
  z.object({
    command: z.string(),
    actor: principal,
    /** Input with secrets masked. */
    input: z.unknown(),
    outcome: z.enum(['done', 'refused', 'failed']),
    error: z.string().optional(),
    durationMs: z.number(),
  }),
);

export const PluginSuspended = event(
  'plugin/suspended',
  'forever',
  z.object({ plugin: z.string(), hook: z.string(), reason: z.string(), untilAt: z.string() }),
);
export const PluginResumed = event('plugin/resumed', 'forever', z.object({ plugin: z.string() }));
export const PluginReloaded = event(
  'plugin/reloaded',
  'forever',
  z.object({ plugin: z.string(), outcome: z.enum(['done', 'kept old']), reason: z.string().optional() }),
);

export const severity = z.enum(['hint', 'warning', 'error']);

/** Something a person should look at, with evidence and, where possible, a fix. */
export const finding = z.object({
  /** The same key raised again is the same finding seen again. */
  key: z.string(),
  /** `plugin/rule` */
  rule: z.string(),
  severity,
  title: z.string(),
  advice: z.string(),
  /** Positions of the events that prove it. */
  evidence: z.array(z.number().int()),
  exchangeId: z.string().nullable().optional(),
  where: codeLocation.optional(),
  /** What it is about: an editor looks for a likely place where no line is known. */
  about: z
    .object({
      /** SQL as a person reads it. */
      statement: z.string().optional(),
      /** `GET /agents/:id` */
      route: z.string().optional(),
    })
    .optional(),
  fix: z
    .object({ label: z.string(), command: z.string(), input: z.record(z.string(), z.unknown()) })
    .optional(),
  /** A read command that returns a view with everything known about it. */
  details: z.object({ command: z.string(), input: z.record(z.string(), z.unknown()) }).optional(),
});
export type Finding = z.output<typeof finding>;

export const FindingRaised = event(
  'finding/raised',
  'forever',
  finding.extend({
    plugin: z.string(),
    /** How often it was seen since the event before; 1 when left out. A finding seen often is recorded once a minute. */
    times: z.number().int().positive().optional(),
  }),
);
export const FindingResolved = event(
  'finding/resolved',
  'forever',
  z.object({ key: z.string(), plugin: z.string(), reason: z.string() }),
);

/** Every kind that only the host records. */
export const recordedKinds: readonly EventKind[] = [
  AnyEvent,
  SidecarStarted,
  HttpFinished,
  HttpSummary,
  SqlFinished,
  SqlSummary,
  GuardDenied,
  AroundCompared,
  CommandRun,
  PluginSuspended,
  PluginResumed,
  PluginReloaded,
  FindingRaised,
  FindingResolved,
];
