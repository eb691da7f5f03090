import type { z } from 'zod';
import { SqlFinished } from '../recorded-kinds.ts';

type Statement = z.output<typeof SqlFinished.schema>;

/** A statement as the tap records it: a SELECT of one row, joined to no exchange, but for what is given. */
export function fakeStatement(given: Partial<z.input<typeof SqlFinished.schema>> = {}): Statement {
  return SqlFinished.schema.parse({
    exchangeId: null,
    attribution: 'none',
    fingerprint: 'f1',
    text: 'select 1',
    parameters: [],
    command: 'SELECT',
    reads: [],
    writes: [],
    rows: 1,
    durationMs: 1,
    startedAt: '2026-01-01T00:00:00.000Z',
    connection: 1,
    database: 'app',
    user: 'app',
    transaction: 'I',
    isPartial: false,
    ...given,
  });
}
