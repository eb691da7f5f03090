/** A labelled value of an injection data set. */
export interface Row {
  readonly id: string;
  readonly class: 'sqli' | 'xss' | 'cmdi' | 'benign';
  readonly value: string;
  readonly source: string;
  readonly tier?: string;
}

interface Evasion {
  readonly name: string;
  readonly classes: readonly string[];
  readonly apply: (value: string, seed: number) => string;
}

const every = ['sqli', 'xss', 'cmdi'] as const;
const pad = (code: number, digits: number): string => code.toString(16).padStart(digits, '0');
const punctuation = /[^A-Za-z0-9 ]/g;

/** How attackers write the same attack so that a filter does not see it. Deterministic: the seed picks among equals. */
export const encodings: readonly Evasion[] = [
  { name: 'url-once', classes: every, apply: encoded },
  { name: 'url-twice', classes: every, apply: (value) => encoded(encoded(value)) },
  {
    name: 'unicode-escape',
    classes: every,
    apply: (value) => value.replace(punctuation, (each) => `\\u${pad(each.charCodeAt(0), 4)}`),
  },
  {
    name: 'hex-escape',
    classes: ['xss', 'sqli'],
    apply: (value) =>
      value.replace(punctuation, (each) =>
        each.charCodeAt(0) < 256 ? `\\x${pad(each.charCodeAt(0), 2)}` : each,
      ),
  },
  {
    name: 'percent-u',
    classes: every,
    apply: (value) => value.replace(punctuation, (each) => `%u${pad(each.charCodeAt(0), 4)}`),
  },
  { name: 'mixed-case', classes: ['sqli', 'xss'], apply: mixedCase },
  {
    name: 'comment-for-space',
    classes: ['sqli'],
    apply: (value) => value.replace(/(?<=\S) +(?=\S)/g, '/**/'),
  },
  { name: 'newline-for-space', classes: ['sqli'], apply: (value) => value.replace(/ /g, '\n') },
  { name: 'ifs-for-space', classes: ['cmdi'], apply: (value) => value.replace(/(?<=\S) +(?=\S)/g, '${IFS}') },
  {
    name: 'full-width',
    classes: every,
    apply: (value) => value.replace(/[!-~]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0)),
  },
  {
    name: 'full-width-punctuation',
    classes: every,
    apply: (value) =>
      value.replace(/[!-/:-@[-`{-~]/g, (each) => String.fromCharCode(each.charCodeAt(0) + 0xfee0)),
  },
  { name: 'nul-before', classes: every, apply: (value) => `\u0000${value}` },
  {
    name: 'nul-inside',
    classes: ['sqli', 'xss'],
    apply: (value, seed) =>
      value.replace(
        /[A-Za-z]{4,}/g,
        (word) => `${word.slice(0, 1 + (seed % 3))}\u0000${word.slice(1 + (seed % 3))}`,
      ),
  },
  {
    name: 'html-decimal',
    classes: every,
    apply: (value) => value.replace(punctuation, (each) => `&#${each.charCodeAt(0)};`),
  },
  {
    name: 'html-hex',
    classes: ['xss', 'sqli'],
    apply: (value) => value.replace(punctuation, (each) => `&#x${pad(each.charCodeAt(0), 6)};`),
  },
  {
    name: 'overlong',
    classes: every,
    apply: (value) =>
      value.replace(
        /[<>'"/;|&()]/g,
        (each) => `%c${each.charCodeAt(0) >= 64 ? 1 : 0}%${pad(0x80 | (each.charCodeAt(0) & 0x3f), 2)}`,
      ),
  },
  {
    name: 'utf-7',
    classes: ['xss'],
    apply: (value) =>
      value.replace(
        /[<>"'&;()=]/g,
        (each) =>
          `+${Buffer.from([0, each.charCodeAt(0)])
            .toString('base64')
            .replace(/=+$/, '')}-`,
      ),
  },
  {
    name: 'zero-width',
    classes: ['sqli', 'xss'],
    apply: (value) => value.replace(/[A-Za-z]{4,}/g, (word) => `${word.slice(0, 2)}\u200b${word.slice(2)}`),
  },
];

/** Sentences a person might write around something; `%` stands for the attack. */
const sentences: readonly string[] = [
  'Please update the description of my agent to % and let me know when it is done.',
  "I don't think this works: % but the docs say that it should.",
  'Hello team, % thanks for looking into it!',
  'The customer (order 4711) wrote "see below" and then % as the note.',
  'Summarise the following text in two sentences. %',
  'My name is Anna % and I live in Busan.',
  '고객 문의 내용은 다음과 같습니다: % 확인 부탁드립니다.',
  "It's the third time; here is what I typed: %",
];

/** The attack in the middle of a sentence chosen by the seed. */
export function inSentence(value: string, seed: number): string {
  const sentence = sentences[seed % sentences.length] ?? '%';
  return sentence.replace('%', () => value);
}

/** A number that is the same for the same id on every machine (FNV-1a). */
export function seedOf(id: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < id.length; at += 1) hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193);
  return (hash ^ (hash >>> 15)) >>> 0;
}

function encoded(value: string): string {
  return encodeURIComponent(value.toWellFormed()).replace(
    /[!'()*]/g,
    (each) => `%${pad(each.charCodeAt(0), 2).toUpperCase()}`,
  );
}

function mixedCase(value: string, seed: number): string {
  return [...value]
    .map((each, index) => ((seed >> (index % 16)) & 1 ? each.toUpperCase() : each.toLowerCase()))
    .join('');
}
