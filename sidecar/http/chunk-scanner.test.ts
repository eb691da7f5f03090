import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { ChunkScanner } from './chunk-scanner.ts';

const body =
  '3\r\nabc\r\nA;name=value; other\r\n0123456789\r\n1 ;x\r\n!\r\n0\r\nX-Sum: 42\r\nX-More: 1\r\n\r\n';
const rest = 'HTTP/1.1 200 OK\r\n';

function scanned(pieces: readonly string[]): {
  readonly data: string;
  readonly scanner: ChunkScanner;
  readonly taken: number;
} {
  const scanner = new ChunkScanner();
  const data: Buffer[] = [];
  let taken = 0;
  for (const piece of pieces) {
    const bytes = Buffer.from(piece, 'latin1');
    taken += scanner.scan(bytes, 0, data);
    if (scanner.isDone || scanner.isMalformed) break;
  }
  return { data: Buffer.concat(data).toString('latin1'), scanner, taken };
}

describe('a chunked body', () => {
  it('is followed to its end, wherever it is cut in two', () => {
    const text = body + rest;
    for (let at = 0; at <= text.length; at += 1) {
      const { data, scanner, taken } = scanned([text.slice(0, at), text.slice(at)]);
      assert.equal(scanner.isDone, true, `cut at ${at}`);
      assert.equal(data, 'abc0123456789!');
      assert.equal(taken, body.length, `cut at ${at}`);
      assert.equal(scanner.trailers?.get('x-sum'), '42');
      assert.equal(scanner.trailers?.get('x-more'), '1');
    }
  });

  it('is followed to its end byte by byte', () => {
    const { data, scanner, taken } = scanned([...body]);
    assert.equal(scanner.isDone, true);
    assert.equal(data, 'abc0123456789!');
    assert.equal(taken, body.length);
  });

  it('has no trailers when it ends with two empty lines', () => {
    const { scanner } = scanned(['0\r\n', '\r', '\n']);
    assert.equal(scanner.isDone, true);
    assert.equal(scanner.trailers, null);
  });

  for (const [what, text] of Object.entries({
    'no size': '\r\n',
    'a size that is no number': 'g\r\n',
    'a signed size': '+3\r\nabc\r\n',
    'a size with 0x': '0x3\r\nabc\r\n',
    'a size beyond all numbers': '1000000000000\r\n',
    'a bare line feed after the size': '3\nabc\r\n',
    'a bare carriage return after the size': '3\rxabc\r\n',
    'a space before the size': ' 3\r\nabc\r\n',
    'something behind the size': '3 x\r\nabc\r\n',
    'a control character in an extension': '3;a=\x01\r\nabc\r\n',
    'an endless extension': `3;${'a'.repeat(2000)}`,
    'data longer than its size': '3\r\nabcd\r\n',
    'data shorter than its size': '3\r\nab\r\n\r\n',
    'a bare line feed after the data': '3\r\nabc\n0\r\n\r\n',
    'a trailer without a colon': '0\r\nnonsense\r\n\r\n',
    'a folded trailer': '0\r\nX-A: b\r\n c\r\n\r\n',
    'endless trailers': `0\r\nX-A: ${'a'.repeat(20_000)}`,
  })) {
    it(`is refused with ${what}, in one piece and byte by byte`, () => {
      assert.equal(scanned([text]).scanner.isMalformed, true);
      assert.equal(scanned([...text]).scanner.isMalformed, true);
    });
  }
});
