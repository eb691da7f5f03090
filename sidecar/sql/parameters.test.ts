import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { parameterTexts } from './parameters.ts';
import { int16, int32 } from './transcript.ts';

const hex = (text: string): Buffer => Buffer.from(text, 'hex');

/** As PostgreSQL's `…_send` functions write them. */
const binaryCases: readonly (readonly [oid: number, bytes: Buffer, text: string])[] = [
  [16, hex('01'), 't'],
  [21, hex('fffe'), '-2'],
  [23, hex('0000002a'), '42'],
  [20, hex('7fffffffffffffff'), '9223372036854775807'],
  [700, hex('3fc00000'), '1.5'],
  [701, hex('bff8000000000000'), '-1.5'],
  [25, Buffer.from('ä'), 'ä'],
  [2950, hex('550e8400e29b41d4a716446655440000'), '550e8400-e29b-41d4-a716-446655440000'],
  [1082, hex('00000000'), '2000-01-01'],
  [1082, hex('7fffffff'), 'infinity'],
  [1114, hex('00000000000f4240'), '2000-01-01T00:00:01'],
  [1184, hex('ffffffffffffffff'), '1999-12-31T23:59:59.999999Z'],
  [1700, hex('00020000000000020001001700000000').subarray(0, 12), '1.00'],
  [1700, hex('000300010000000200010001') /* 10001.xx */, '[binary]'],
  [1700, hex('0003000100000002000100010dac'), '10001.35'],
  [1700, hex('0001ffff400000030064'), '-0.010'],
  [1700, hex('00000000c0000000'), 'NaN'],
  [1700, hex('0000000000000000'), '0'],
  [3802, Buffer.concat([hex('01'), Buffer.from('{"a": 1}')]), '{"a": 1}'],
  [17, hex('deadbeef'), '[binary]'],
  [23, hex('2a'), '[binary]'],
  [0, hex('00'), '[binary]'],
];

describe('parameters', () => {
  for (const [oid, bytes, text] of binaryCases)
    it(`of type ${oid} read ${text} from ${bytes.toString('hex')}`, () =>
      assert.deepEqual(parameterTexts(bind([1], [bytes]), [oid]), [text]));

  it('in text are as they are, NULL is null, and long ones are cut', () => {
    const values = [Buffer.from('a'), null, Buffer.from('é'.repeat(5000))];
    assert.deepEqual(parameterTexts(bind([], values), []), ['a', null, 'é'.repeat(256)]);
  });

  it('may each have a format of its own', () => {
    const values = [Buffer.from('7'), hex('00000007'), Buffer.from('7')];
    assert.deepEqual(parameterTexts(bind([0, 1, 0], values), [23, 23, 23]), ['7', '7', '7']);
  });

  it('never throw, whatever the bytes and types say', () => {
    const oids = fc.array(fc.constantFrom(...binaryCases.map(([oid]) => oid)));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), oids, (bytes, types) => {
        const all = Buffer.from(bytes);
        assert.ok(Array.isArray(parameterTexts({ bytes: all, start: 0, end: all.length }, types)));
      }),
      { numRuns: 2000 },
    );
  });
});

function bind(
  formats: readonly number[],
  values: readonly (Buffer | null)[],
): Parameters<typeof parameterTexts>[0] {
  const encoded = values.flatMap((each) => (each ? [int32(each.length), each] : [int32(-1)]));
  const bytes = Buffer.concat([
    int16(formats.length),
    ...formats.map(int16),
    int16(values.length),
    ...encoded,
    int16(0),
  ]);
  return { bytes, start: 0, end: bytes.length };
}
