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
  // Found in the same way when those were cheap: the slowest of each of several searches.
  'la~//e&(:\uff07&ur$xexec &function/**/(nc&ur.&&ur$</{&/e\u200b/**/and ',
  'c\n%27\u200b<a:fr i</5&htp://^=|>@\\%/bin/2{<%%2da</like ta:\\x\u200bca',
  'x&l&;&t&ta&tt&qu>`;x&;&;&tt\u200b&ta&;>`;x&tx&t&x&lx&l&tx&lx&|l&t',
  'a!\uff07or ca\nts<c/**/ri<apt--nstc/*tor=\u2019#\u200b#>\u200b\uff07:=ca(%t$x={',
  'x(%x`x(\u200b%xx(\u200b%x\u200b%x`xx-(\u200b%x((%(\u200b)%\u200b1e%x(%x(%x\t`xx(%`x`xx(%x`x',
  '/*\t\u200b,`union< {{":%b \u200b*-un(<@@ %25ab \u200b//@@/,`union/*\t\u200b,`union',
  'ec %<a x%x*/(:%%x\u200b%x%x2%x(%%(%x(%\n/etc/%0xx(%22exec %x(%2%%\u200b',
];

/** Texts of one length that cost the most, each a piece or a pair of pieces over and over. */
export function hostileTexts(length: number): readonly string[] {
  const pairs = pieces.map((piece, at) => piece + (pieces[(at * 7 + 3) % pieces.length] ?? ''));
  // Through a buffer, so that what is measured is not the joining of the repeated pieces.
  return [...pieces, ...pairs].map((piece) =>
    Buffer.from(piece.repeat(Math.ceil(length / piece.length)).slice(0, length)).toString(),
  );
}
