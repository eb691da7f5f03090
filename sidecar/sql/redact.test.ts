import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { createRedactor } from './redact.ts';
import { shownParameters } from './parameters.ts';

const redactor = createRedactor(['password', 'api_key']);

function shown(text: string, values: readonly string[] = []): readonly [string, ...(string | null)[]] {
  const rules = redactor.rulesFor(text);
  return [rules?.text ?? text, ...shownParameters(values, rules)];
}

describe('redaction', () => {
  it('takes counts of tokens for no secret, and tokens for one', () => {
    const tokens = createRedactor(['token']);
    assert.equal(
      tokens.rulesFor('select prompt_tokens, "maxTokens", token_count from runs where id = $1'),
      null,
    );
    assert.notEqual(tokens.rulesFor('select max_tokens from runs where token = $1'), null);
    assert.notEqual(tokens.rulesFor('select admin_token from sessions where id = $1'), null);
    assert.notEqual(tokens.rulesFor('select 1 from refresh_tokens where id = $1'), null);
  });

  it('leaves an ordinary statement as it is', () => {
    assert.equal(redactor.rulesFor('select pin, spins from shipping where id = $1'), null);
  });

  it('hides every value of a statement that names a word', () => {
    assert.deepEqual(shown("update users set Password = 'x', n = 5 where id = $1", ['7']), [
      "update users set Password = '[redacted]', n = '[redacted]' where id = $1",
      '[redacted]',
    ]);
  });

  it('hides the value compared with or set to a column that sounds secret, and no other', () => {
    const text = 'update people set "ssn" = $2, name = $1 where iban in ($3) and card_number LIKE $4';
    assert.deepEqual(shown(text, ['a', 'b', 'c', 'd']).slice(1), [
      'a',
      '[redacted]',
      '[redacted]',
      '[redacted]',
    ]);
  });

  it('hides inserted values by their column, in every row', () => {
    const text = 'insert into people (id, ssn, name) values ($1, $2, $3), ($4, $5, $6)';
    assert.deepEqual(shown(text, ['1', '2', '3', '4', '5', '6']).slice(1), [
      '1',
      '[redacted]',
      '3',
      '4',
      '[redacted]',
      '6',
    ]);
  });
});
