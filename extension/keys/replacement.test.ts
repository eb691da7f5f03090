import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { replacedBy, replacedByVariable, variableNameFor, variableNamePattern } from './replacement.ts';
import type { Replacement } from './replacement.ts';

/** In the texts below `KEY` stands for the key. */
const keysIn = (text: string) =>
  [...text.matchAll(/KEY/g)].map(({ index }) => ({ start: index, end: index + 3, text: 'KEY' }));

function applied(text: string, replacements: readonly Replacement[]): string {
  return [...replacements]
    .sort((a, b) => b.start - a.start)
    .reduce((before, { start, end, text: put }) => before.slice(0, start) + put + before.slice(end), text);
}

const withVariable = (text: string, language: string) =>
  applied(text, replacedByVariable(text, keysIn(text), language, 'ORDERS_KEY'));

describe('A key in a file', () => {
  it('is replaced by its successor everywhere it stands', () => {
    const text = 'a = "KEY"\nb = "KEY"';
    assert.equal(applied(text, replacedBy(keysIn(text), 'NEW')), 'a = "NEW"\nb = "NEW"');
  });

  for (const [language, text, expected] of [
    ['typescript', "const key = 'KEY';", 'const key = process.env.ORDERS_KEY;'],
    ['typescript', "auth: 'Bearer KEY',", "auth: 'Bearer ' + process.env.ORDERS_KEY,"],
    ['typescript', "'a KEY b'", "'a ' + process.env.ORDERS_KEY + ' b'"],
    ['typescript', '`Bearer KEY`', '`Bearer ${process.env.ORDERS_KEY}`'],
    ['typescript', 'f("it\'s", "KEY")', 'f("it\'s", process.env.ORDERS_KEY)'],
    ['typescript', '// curl -H x-api-key:KEY', '// curl -H x-api-key:${ORDERS_KEY}'],
    ['python', 'key = "KEY"', 'key = os.environ["ORDERS_KEY"]'],
    ['php', "$auth = 'Bearer KEY';", "$auth = 'Bearer ' . getenv('ORDERS_KEY');"],
    ['go', 'key := "KEY"', 'key := os.Getenv("ORDERS_KEY")'],
    ['yaml', 'key: "KEY"', 'key: "${ORDERS_KEY}"'],
    ['shellscript', 'curl -H "x-api-key: KEY"', 'curl -H "x-api-key: ${ORDERS_KEY}"'],
  ] as const)
    it(`becomes an environment variable: ${language}, ${text}`, () => {
      assert.equal(withVariable(text, language), expected);
    });

  it('is joined on both sides when it stands twice in one literal', () => {
    assert.equal(
      withVariable("'KEY,KEY'", 'typescript'),
      "process.env.ORDERS_KEY + ',' + process.env.ORDERS_KEY",
    );
  });
});

describe('The name of the variable', () => {
  for (const [label, name] of [
    ['Orders (CI)', 'ORDERS_CI_API_KEY'],
    ['deploy key', 'DEPLOY_KEY'],
    ['', 'API_KEY'],
    ['2nd service', 'KEY_2ND_SERVICE_API_KEY'],
    ['Über', 'U_BER_API_KEY'],
  ] as const)
    it(`of “${label}” is ${name}`, () => {
      assert.equal(variableNameFor(label), name);
      assert.match(variableNameFor(label), variableNamePattern);
    });
});
