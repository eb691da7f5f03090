import type { MatchDetails } from './events.ts';
import { excerptOf, wideExcerptOf, type Excerpt } from './excerpt.ts';
import type { Judgement } from './judge.ts';
import type { Place } from './places.ts';

/** What may be recorded of a match: redacted, and nothing at all of a cookie's value. */
export function detailsOf(judgement: Judgement, place: Place): MatchDetails {
  const { rule, attack, start, end, text, decodedBy, isReportedOnly } = judgement;
  const excerpt =
    place.part === 'cookie' ? { text: '[cookie]', marked: [0, 8] as const } : excerptOf(text, start, end);
  return {
    rule,
    class: attack,
    place: place.part,
    field: place.field(),
    excerpt: excerpt.text,
    marked: [...excerpt.marked],
    decodedBy: [...decodedBy],
    matchedRange: [start, end],
    ...(isReportedOnly && attack !== 'budget' && !decodedBy.includes('base64') && { isTalk: true }),
    ...(place.part !== 'cookie' && { value: plain(wideExcerptOf(text, start, end)) }),
  };
}

function plain({ text, marked }: Excerpt): MatchDetails['value'] {
  return { text, marked: [...marked] };
}

/** The same for what has no value to show: a size, a type, a schema. */
export function plainDetails(
  rule: string,
  attack: string,
  place: string,
  field: string,
  reason: string,
): MatchDetails {
  return {
    rule,
    class: attack,
    place,
    field,
    excerpt: reason,
    marked: [0, 0],
    decodedBy: [],
    matchedRange: [0, 0],
  };
}
