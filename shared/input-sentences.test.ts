import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { z } from 'zod';
import { issuesOf } from './errors.ts';
import { inputSentence } from './input-sentences.ts';

const saidOf = (schema: z.ZodType, given: unknown): readonly string[] => {
  const parsed = schema.safeParse(given, { error: inputSentence });
  return parsed.success ? [] : issuesOf(parsed.error).map(({ message }) => message);
};

describe('what is said of wrong input', () => {
  const cases: readonly (readonly [what: string, schema: z.ZodType, given: unknown, says: string])[] = [
    ['what is missing', z.string(), undefined, 'It is missing: give text.'],
    ['another kind of value', z.string(), 5, 'Give text, not a number.'],
    ['a list for a number', z.number(), [], 'Give a number, not a list.'],
    ['a text that is no number', z.coerce.number(), 'five', 'Give a number.'],
    ['a fraction', z.int(), 1.5, 'Give a whole number.'],
    ['null', z.strictObject({}), null, 'Give an object with named fields, not null.'],
    ['what is none of a few words', z.enum(['a', 'b']), 'c', 'Give one of a, b.'],
    ['too little', z.number().positive(), 0, 'Give more than 0.'],
    ['too much', z.number().max(5), 6, 'Give at most 5.'],
    ['too short a text', z.string().min(1), '', 'Give at least 1 character.'],
    ['too long a list', z.array(z.string()).max(2), ['a', 'b', 'c'], 'Give at most 2 entries.'],
    ['a misspelt field', z.strictObject({}), { scope: 1 }, 'There is no field `scope` here.'],
    ['no moment', z.iso.datetime(), 'soon', 'Give a moment with its offset, e.g. 2030-12-31T23:59:00Z.'],
    ['another form', z.string().regex(/^[a-z]+$/), 'A', 'Give text of the form /^[a-z]+$/.'],
    ['what the schema has a sentence for', z.string().min(1, 'Name it.'), '', 'Name it.'],
  ];
  for (const [what, schema, given, says] of cases)
    it(`is what is wanted: ${what}`, () => assert.deepEqual(saidOf(schema, given), [says]));

  it('never holds what was given', () => {
    const secret = 'sc_live_0123456789';
    const schema = z.strictObject({ a: z.number(), b: z.enum(['x']), c: z.email(), d: z.string().max(3) });
    const said = saidOf(schema, { a: secret, b: secret, c: secret, d: secret });
    assert.equal(said.length, 4);
    assert.ok(!said.join().includes(secret));
  });
});
