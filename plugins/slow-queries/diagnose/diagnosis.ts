import { z } from 'zod';

/** One reason why a statement is slow, what shows it, and what to change. */
export const diagnosis = z.object({
  kind: z
    .enum([
      'lock-wait',
      'sequential-scan',
      'hidden-index',
      'leading-wildcard',
      'deep-offset',
      'spill',
      'misestimate',
      'unbounded',
      'over-fetch',
      'expensive-node',
      'not-in-the-plan',
    ])
    .default('expensive-node'),
  title: z.string(),
  /** Figures and conditions it was concluded from. */
  evidence: z.string().default(''),
  advice: z.string(),
  /** What to execute or to write instead; null where words say it all. */
  sql: z.string().nullable().default(null),
});
export type Diagnosis = z.output<typeof diagnosis>;
