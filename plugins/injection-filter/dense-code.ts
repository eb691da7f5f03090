/** A program shorter than this shows what it is by its lines. */
const shortest = 400;
/** Signs of a program in a language with braces, whatever its lines are; what is quickest to look for comes first. */
const signs: readonly RegExp[] = [
  /=>/,
  /\bfunction\b ?[\w$]{0,40} ?\(/,
  /\breturn\b/,
  /\bthis\./,
  /\bnew [A-Z$_a-z]/,
  /[=!]==/,
  /\)\{|\};|\}\)/,
  /\b(?:typeof|void 0|instanceof)\b/,
  /\b(?:if|for|while|switch) ?\(/,
  /\b(?:var|let|const) [\w$[{]/,
  /\.[\w$]{1,40}\([\w$"'`]/,
  /[\w$)] ?\? ?[\w$"'([!-]/,
];
const fewestSigns = 6;
/** Two words side by side, where a program has a keyword or a bracket. */
const beginsAsProse =
  /^\s*(?!(?:var|let|const|function|return|import|export|async|await|class|if|for|new|typeof|throw|void|else|default|extends)\b)\p{L}{1,24}[,.:;]? \p{L}{2,24}[ ,.:]/u;
const declaration = /[{;]\s?-{0,2}[a-z][a-z-]{1,30}:[^;{}"]{1,80}[;}]/g;
const fewestDeclarations = 8;
/** Brackets and semicolons in a hundred characters: prose has one or two, and a list of strings more quotes than these. */
const fewestInHundred = 6;

/**
 * Whether a text is a program or a style sheet without its line breaks, as tools write them for browsers, or a piece of
 * one. A value that begins by closing what a page has open is none.
 */
export function isDenseCode(look: string): boolean {
  if (look.length < shortest || /^\s*(?:["'`](?!use strict)|[<>)\]}])/.test(look)) return false;
  if (beginsAsProse.test(look) || !holdsAtLeast(look, '(){}[];', (look.length * fewestInHundred) / 100))
    return false;
  return hasSigns(look) || (look.match(declaration)?.length ?? 0) >= fewestDeclarations;
}

function hasSigns(look: string): boolean {
  let missing = 0;
  for (const sign of signs) {
    if (!sign.test(look)) missing += 1;
    if (missing > signs.length - fewestSigns) return false;
  }
  return true;
}

/** Whether a text holds at least so many of these characters together: a search for each is quicker than a walk over all. */
function holdsAtLeast(look: string, characters: string, fewest: number): boolean {
  let count = 0;
  for (const each of characters) {
    for (let at = look.indexOf(each); at >= 0; at = look.indexOf(each, at + 1)) {
      count += 1;
      if (count >= fewest) return true;
    }
  }
  return false;
}

/** Strings in a row, each in quotes and with a comma or a bracket around: data, whatever it names. */
export function isDenseData(look: string): boolean {
  if (look.length < shortest || !holdsAtLeast(look, ',', look.length / 40)) return false;
  const items = look.match(/["'\d\]}]\s?,\s?["'\d[{]/g)?.length ?? 0;
  return items * 40 > look.length;
}
