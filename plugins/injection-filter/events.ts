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
    why: z.enum(['observed', 'base64', 'code', 'over-budget']),
  }),
);
