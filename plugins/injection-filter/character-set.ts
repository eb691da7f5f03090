/** Marks characters of ASCII: `set[code] === 1`, a tenth of what a `Set` of codes costs; any other code reads as `undefined`. */
export function characterSet(characters: string): Uint8Array {
  const set = new Uint8Array(128);
  for (const each of characters) set[each.charCodeAt(0)] = 1;
  return set;
}

const whites = characterSet(' \t\n\v\f\r');

/** Whether a code is white space, as `\s` of a regular expression has it (ECMAScript, 12.2 and 12.3). */
export function isWhite(code: number): boolean {
  if (code < 128) return whites[code] === 1;
  if (code < 0x2000 || code > 0x3000) return code === 0xa0 || code === 0x1680 || code === 0xfeff;
  return code <= 0x200a || [0x2028, 0x2029, 0x202f, 0x205f, 0x3000].includes(code);
}
