import { z } from 'zod';

/** One statement of an exchange, as much of it as the rule needs. */
export const statementSeen = z.object({
  position: z.number().int(),
  fingerprint: z.string(),
  text: z.string(),
  parameters: z.array(z.string().nullable()),
  command: z.string(),
  reads: z.array(z.string()),
  writes: z.array(z.string()),
  rows: z.number().int(),
  /** Milliseconds since 1970. */
  startedMs: z.number(),
  durationMs: z.number(),
  connection: z.number().int(),
  isPartial: z.boolean(),
  isFailed: z.boolean(),
});
export type StatementSeen = z.output<typeof statementSeen>;

/** The statements of one exchange in the order in which they started. */
export interface Trace {
  readonly exchangeId: string;
  readonly traceId: string;
  readonly route: string;
  readonly statements: readonly StatementSeen[];
}
