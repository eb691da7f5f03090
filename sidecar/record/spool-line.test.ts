import assert from 'node:assert/strict';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { appended } from '../store/contract-events.ts';
import { countOfSpoolLine, readSpoolLine, spoolLine } from './spool-line.ts';

describe('spool line', () => {
  const written = (data: unknown) => ({
    ...appended({ data, stream: 's/"1"\n' }),
    json: JSON.stringify(data),
  });
  const once = { writer: 'writer-1', number: 42 };

  it('gives back the batch it was made of, whatever its events hold', () => {
    fc.assert(
      fc.property(fc.array(fc.jsonValue(), { minLength: 1, maxLength: 5 }), (values) => {
        const events = values.map(written);
        const line = spoolLine(once, events);
        assert.equal(line.indexOf(10), line.length - 1);
        const back = readSpoolLine(line.subarray(0, -1));
        assert.deepEqual(back, {
          once,
          events: events.map(({ json, ...event }) => ({ ...event, data: JSON.parse(json) })),
        });
        assert.equal(countOfSpoolLine(line), values.length);
      }),
    );
  });

  it('is not believed when any of its bytes was changed or its end is missing', () => {
    const line = spoolLine(once, [written({ text: 'Grüße' })]).subarray(0, -1);
    for (let index = 0; index < line.length; index += 1) {
      const changed = Buffer.from(line);
      changed[index] = (changed[index] ?? 0) ^ 1;
      assert.equal(readSpoolLine(changed), null, `byte ${index}`);
      assert.equal(readSpoolLine(line.subarray(0, index)), null, `cut at ${index}`);
    }
  });
});
