import { z } from 'zod';
import { event } from '../../shared/index.ts';

/** What is known of a match, with nothing secret in it. */
export const matchDetails = z.object({
  /** `sql/union-select` */
  rule: z.string(),
  /** `sqli`, `xss`, `command` or `code` */
  class: z.string(),
  /** `query`, `json`, `header` … */
  place: z.string(),
  field: z.string(),
  /** The matched part and a little around it, redacted. */
  excerpt: z.string(),
  /** Offsets of the matched part within the excerpt. */
  marked: z.tuple([z.number().int(), z.number().int()]),
  /** Encodings taken off before it was seen, outermost first. */
  decodedBy: z.array(z.string()),
  /** UTF-16 offsets within the decoded value. */
  matchedRange: z.tuple([z.number().int(), z.number().int()]),
  /** Whether the value only talks about such a thing: then it is told, whatever the rule's mode. */
  isTalk: z.boolean().optional(),
  /** The decoded value with more around the match, redacted; none of a cookie or of what is no value. */
  value: z.object({ text: z.string(), marked: z.tuple([z.number().int(), z.number().int()]) }).optional(),
});
export type MatchDetails = z.output<typeof matchDetails>;

/** A match that was only told: an observed rule, a Base64 value, unsafe code in a code field. */
export const MatchReported = event(
  'injection-filter/match-reported',
  'days',
  matchDetails.extend({
    method: z.string(),
    route: z.string(),
    clientAddress: z.string(),
    why: z.enum(['observed', 'base64', 'code', 'over-budget', 'schema', 'upload']),
  }),
);

/** A value of a request stood in a statement's text and changed its tokens. */
export const sinkDetails = z.object({
  rule: z.string(),
  route: z.string(),
  place: z.string(),
  field: z.string(),
  fingerprint: z.string(),
  /** The statement around the value, redacted. */
  excerpt: z.string(),
  marked: z.tuple([z.number().int(), z.number().int()]),
  isRefused: z.boolean(),
});
export type SinkDetails = z.output<typeof sinkDetails>;

export const SqlReached = event('injection-filter/sql-reached', 'forever', sinkDetails);

/** What a field seems to be for, from the values of requests that passed. */
export const FieldLearnt = event(
  'injection-filter/field-learnt',
  'days',
  z.object({
    route: z.string(),
    field: z.string(),
    kind: z.enum(['identifier', 'text', 'prompt', 'code', 'html', 'sql']),
    values: z.number().int(),
    longest: z.number().int(),
  }),
);

/** Ordinary values of requests that passed, redacted: what changed rules are tried on. */
export const ValuesSampled = event(
  'injection-filter/values-sampled',
  'days',
  z.object({
    values: z.array(z.object({ route: z.string(), field: z.string(), value: z.string() })),
    /** How many values were looked at for them. */
    looked: z.number().int(),
  }),
);

/** A person changed the rules, or blocked a source. */
export const SettingsChanged = event(
  'injection-filter/settings-changed',
  'forever',
  z.object({ change: z.string(), what: z.string() }),
);
