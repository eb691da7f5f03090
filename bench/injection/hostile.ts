/** Pieces that a careless pattern would look for the end of again and again; repeated, they make the slowest inputs. */
const pieces: readonly string[] = [
  "'",
  '"',
  '/*',
  "'/*",
  '<a ',
  '<',
  "<a b='c' ",
  '${',
  '+ADw',
  '&#x',
  '%25',
  '\\u',
  '(select ',
  "' or (",
  '{{',
  '\n',
  '| a |',
  '; cat ',
  "like '",
  '#\n',
  '--\n',
  'and 1 ',
  'a=1;',
  '`a ',
  '<style>',
  'exec \n@',
  '```\n',
  'case when ',
  'case 1 when ',
  'union/**/',
  "( 'a' ) -- ",
  '/?a/',
  ';x=$(a)\n',
  'a$@',
  '1;b -c',
  "or a like '",
  '%x(a',
  'nc  ',
  'then\\|word',
  '/???/a or',
  '\\x27;\n ',
  '&lt;a',
  '$( \u200b',
  '``sleep( ',
  '>>if<a<!--union',
  // Found by a search that bred the slowest: encodings within encodings, so that the text is read three times, and tags within tags.
  '</1\\x2\u200b7-?x=${:%<for/<%</{=>%x/\uff07a\u6f22%</x(/%<</&-\u6f22%</i*<',
  "?\n<a}\u200b=*='c' e=l%25ect /in/>?*\n<a x=27${[}(--<u2?\n?<\n<",
];

/** Texts of one length that cost the most, each a piece or a pair of pieces over and over. */
export function hostileTexts(length: number): readonly string[] {
  const pairs = pieces.map((piece, at) => piece + (pieces[(at * 7 + 3) % pieces.length] ?? ''));
  // Through a buffer, so that what is measured is not the joining of the repeated pieces.
  return [...pieces, ...pairs].map((piece) =>
    Buffer.from(piece.repeat(Math.ceil(length / piece.length)).slice(0, length)).toString(),
  );
}
