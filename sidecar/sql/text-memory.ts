import { boundedMap } from '../../shared/index.ts';

/** Texts with parameters, or long ones, come again letter for letter; those with values in them seldom do. */
const isLikelyAgain = (text: string): boolean => text.length >= longCharacters || text.includes('$1');
const longCharacters = 512;
const textsMax = 2048;
const textCharactersMax = 2 * 1024 * 1024;

/** `find` for texts, asked once of those that are likely to come again: what was found of those is kept, as far as there is room. */
export function textMemory<Found extends object | null>(
  find: (text: string) => Found,
): (text: string) => Found {
  const texts = boundedMap<Found>(textsMax / 2, textCharactersMax / 2);
  return (text) => {
    if (!isLikelyAgain(text)) return find(text);
    const known = texts.get(text);
    if (known !== undefined) return known;
    const found = find(text);
    texts.set(text, found);
    return found;
  };
}
