import type { Wanted } from './json-strings.ts';
import { visitBody, type ValueVisitor } from './places.ts';

/** What libraries put before the JSON of a message: the packet type, namespace and number of Socket.IO (protocol 5). */
const prefix = /^\d{0,3}(?:\d+-)?(?:\/[^,[{]{0,64},)?\d{0,10}(?=[[{])/;

/** Walks the values wanted of one message: every string of JSON, or the message itself. */
export function visitMessage(text: string, wanted: Wanted, visit: ValueVisitor): boolean {
  const json = text.slice(prefix.exec(text)?.[0].length ?? 0);
  if (!/^\s*[[{]/.test(json)) return visit(text, { part: 'message', field: () => '' });
  return visitBody(
    Buffer.from(json),
    'application/json',
    wanted,
    (value, place) => visit(value, { part: 'message', field: () => place.field() }),
    () => false,
  );
}
