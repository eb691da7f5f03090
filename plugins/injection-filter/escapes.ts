/** A kind of escapes that all begin with one character: one at a place, one anywhere, and all of a text. */
export interface Escapes {
  readonly lead: string;
  readonly atPlace: RegExp;
  readonly anywhere: RegExp;
  readonly all: RegExp;
}

export function escapes(lead: string, pattern: RegExp): Escapes {
  return { lead, atPlace: new RegExp(pattern, 'iy'), anywhere: pattern, all: new RegExp(pattern, 'gi') };
}

/** Where few escapes may begin, going from one to the next spares reading all that lies between. */
export function holdsOne(text: string, { lead, atPlace, anywhere }: Escapes): boolean {
  if (!text.includes(lead)) return false;
  if (!isRare(text, lead)) return anywhere.test(text);
  for (let at = text.indexOf(lead); at >= 0; at = text.indexOf(lead, at + 1)) {
    atPlace.lastIndex = at;
    if (atPlace.test(text)) return true;
  }
  return false;
}

/** A text with another one in place of each escape. */
export function replaced(
  text: string,
  { lead, atPlace, all }: Escapes,
  replace: (whole: string) => string,
): string {
  if (!isRare(text, lead)) return text.replace(all, onceEach(replace));
  let now = '';
  let from = 0;
  for (let at = text.indexOf(lead); at >= 0; at = text.indexOf(lead, Math.max(from, at + 1))) {
    atPlace.lastIndex = at;
    if (!atPlace.test(text)) continue;
    const end = atPlace.lastIndex;
    now += text.slice(from, at) + replace(text.slice(at, end));
    from = end;
  }
  return now + text.slice(from);
}

/** Up to so many, and one more in so many characters, are few. */
const fewLeads = 4;
const charactersPerLead = 128;

function isRare(text: string, lead: string): boolean {
  let left = fewLeads + text.length / charactersPerLead;
  for (let at = text.indexOf(lead); at >= 0; at = text.indexOf(lead, at + 1)) {
    left -= 1;
    if (left < 0) return false;
  }
  return true;
}

/** Spellings of one text that are kept: an attack has a dozen. */
const mostSpellings = 512;

/** Works out each spelling once: a long text holds the same few thousands of times. */
export function onceEach(replace: (whole: string) => string): (whole: string) => string {
  const known = new Map<string, string>();
  return (whole) => {
    const before = known.get(whole);
    if (before !== undefined) return before;
    const now = replace(whole);
    if (known.size < mostSpellings) known.set(whole, now);
    return now;
  };
}
