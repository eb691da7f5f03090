import { frame } from './frames.ts';
import { errorResponse } from './messages.ts';
import type { Sent } from './sent-queue.ts';

/**
 * How a refused statement leaves client and server in the same state: in its place the server gets a message that
 * always fails and changes nothing, so the server itself skips to the Sync, fails the transaction and answers in
 * its order; of its answer only the ErrorResponse is exchanged for ours (`Sent.refusal`).
 */
export function messageThatFails(kind: Sent['kind'], reference: string): Buffer {
  const said = `outrider refused this statement, reference ${reference}`;
  // A syntax error is found before anything is executed, also in a failed transaction.
  if (kind === 'query') return frame('Q', Buffer.from(`${said}\0`));
  // No statement has this name: portal "", the name, no formats, no parameters, no result formats.
  return frame('B', Buffer.from(`\0${said}\0`), Buffer.alloc(6));
}

/** What the client gets: insufficient_privilege (42501), as from a missing GRANT. */
export function refusalResponse(reason: string, reference: string): Buffer {
  return errorResponse({
    severity: 'ERROR',
    sqlstate: '42501',
    message: `Outrider refused this statement: ${reason} (reference ${reference})`,
    hint: 'Ask the operator with the reference if the statement is meant to be.',
  });
}
