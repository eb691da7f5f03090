import { z } from 'zod';
import { codeLocation, durationBuckets, event } from '../../shared/index.ts';

/** Exact counts of the statements that lines of code sent, once in a while with such statements; never sampled. */
export const LinesCounted = event(
  'code-lines/counted',
  'days',
  z.object({
    /** At most 300; what other lines sent is not told. */
    rows: z.array(
      codeLocation.extend({
        count: z.number().int(),
        errors: z.number().int(),
        durationMsSum: z.number(),
        durationMsMax: z.number(),
        buckets: durationBuckets,
        /** One of its statements, cut at 400 characters. */
        text: z.string(),
      }),
    ),
  }),
);
