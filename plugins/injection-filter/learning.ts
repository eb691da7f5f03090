import type { FieldKind } from './config.ts';
import { frameOf } from './frame.ts';
import { isWholeStatement } from './sql.ts';

/** What the values of one field were like. */
export interface FieldProposal {
  readonly route: string;
  readonly field: string;
  readonly kind: FieldKind;
  readonly values: number;
  readonly longest: number;
}

export interface Learner {
  /** Whether this request's values are looked at. */
  takesPart(): boolean;
  see(route: string, field: string, value: string): void;
  /** Fields seen often enough to say something new about; each is proposed once per kind. */
  proposals(): readonly FieldProposal[];
}

interface Seen {
  readonly route: string;
  readonly field: string;
  values: number;
  longest: number;
  identifiers: number;
  programs: number;
  markup: number;
  statements: number;
  proposed: FieldKind | null;
}

/** Fields watched at once, and values needed before one is proposed. */
const mostFields = 2000;
const fewestValues = 30;
/** Requests watched in a second: a busy sidecar learns no more from the thousandth. */
const mostPerSecond = 50;
/** What is looked at of one value. */
const longestLook = 2048;

/** Watches one request of so many, and few of them in one second: which kind of text each field holds. */
export function createLearner(oneIn: number, now: () => Date): Learner {
  const fields = new Map<string, Seen>();
  let requests = 0;
  let second = 0;
  let watched = 0;
  return {
    takesPart() {
      if (oneIn === 0) return false;
      requests += 1;
      if (requests % oneIn !== 0) return false;
      const current = Math.floor(now().getTime() / 1000);
      watched = current === second ? watched + 1 : 1;
      second = current;
      return watched <= mostPerSecond;
    },
    see(route, field, value) {
      const seen = seenOf(fields, route, field);
      if (seen) add(seen, value);
    },
    proposals: () => [...fields.values()].flatMap((seen) => proposalOf(seen) ?? []),
  };
}

function seenOf(fields: Map<string, Seen>, route: string, field: string): Seen | null {
  const key = `${route} ${field}`;
  const known = fields.get(key);
  if (known) return known;
  if (fields.size >= mostFields) return null;
  const fresh: Seen = {
    route,
    field,
    values: 0,
    longest: 0,
    identifiers: 0,
    programs: 0,
    markup: 0,
    statements: 0,
    proposed: null,
  };
  fields.set(key, fresh);
  return fresh;
}

function add(seen: Seen, value: string): void {
  const look = value.slice(0, longestLook);
  seen.values += 1;
  seen.longest = Math.max(seen.longest, value.length);
  if (/^[\w.@:+-]{1,64}$/.test(look)) seen.identifiers += 1;
  else if (isWholeStatement(look)) seen.statements += 1;
  else if (/<\/?(?:p|div|span|ul|li|h[1-6]|table|br|strong|em|a)\b[^>]*>/i.test(look)) seen.markup += 1;
  else if (frameOf(look) === 'code') seen.programs += 1;
}

function proposalOf(seen: Seen): FieldProposal | null {
  if (seen.values < fewestValues) return null;
  const kind = kindOf(seen);
  if (kind === null || kind === seen.proposed) return null;
  seen.proposed = kind;
  const { route, field, values, longest } = seen;
  return { route, field, kind, values, longest };
}

function kindOf({ values, identifiers, programs, markup, statements, longest }: Seen): FieldKind | null {
  if (identifiers === values) return 'identifier';
  if (statements > values * 0.6) return 'sql';
  if (programs > values * 0.6) return 'code';
  if (markup > values * 0.6) return 'html';
  return longest > 600 ? 'prompt' : null;
}
