import { strict as assert } from 'node:assert';
import fc from 'fast-check';
import { describe, it } from 'mocha';
import { HeadMemory } from './head-memory.ts';
import { parseRequestHead } from './request-head.ts';

const usual = 'Host: a.example\r\nAccept: */*\r\nAuthorization: Bearer abc\r\n\r\n';
const get = (target: string, fields = usual): Buffer =>
  Buffer.from(`GET ${target} HTTP/1.1\r\n${fields}`, 'latin1');

/** Lines as they come and as they should never come: what is repeated must be judged as if it were new. */
const line = fc.constantFrom(
  'Host: a.example',
  'Host: b.example',
  'Content-Length: 5',
  'Content-Length: 6',
  'Transfer-Encoding: chunked',
  'Connection: close',
  'X-Padded:   a  ',
  'X_Request_Id: 1',
  'Transfer_Encoding: chunked',
  'Bad Name: 1',
  'No-Colon',
  'X-Bad: \u0001',
  ' folded',
);
const head = fc
  .tuple(fc.constantFrom('GET /', 'GET /a?b=c', 'POST /longer/path', 'GET'), fc.array(line, { maxLength: 5 }))
  .map(([start, lines]) => `${start} HTTP/1.1\r\n${lines.map((each) => `${each}\r\n`).join('')}\r\n`);

describe('the memory of a connection for heads', () => {
  it('changes nothing about what a head is parsed to, whatever came before it', () => {
    fc.assert(
      fc.property(
        fc.array(head, { minLength: 1, maxLength: 8 }),
        fc.nat(3),
        fc.nat(40),
        (heads, before, cut) => {
          const memory = new HeadMemory();
          for (const each of [...heads, ...heads]) {
            const whole = Buffer.from(`${'x'.repeat(before)}${each}rest`, 'latin1');
            for (const bytes of [whole, whole.subarray(0, Math.max(before, whole.length - cut))]) {
              assert.deepEqual(parseRequestHead(bytes, before, memory), parseRequestHead(bytes, before));
            }
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('knows the same fields again below another start line', () => {
    const memory = new HeadMemory();
    const first = parseRequestHead(get('/a'), 0, memory);
    const second = parseRequestHead(get('/another/path'), 0, memory);
    assert.ok(typeof first !== 'string' && typeof second !== 'string');
    assert.equal(second.head, first.head);
    assert.equal(second.head.get('authorization'), 'Bearer abc');
    assert.equal(second.target, '/another/path');
  });

  it('tells a section that differs in its last byte', () => {
    const memory = new HeadMemory();
    parseRequestHead(get('/a'), 0, memory);
    const request = parseRequestHead(get('/a', usual.replace('abc', 'abd')), 0, memory);
    assert.ok(typeof request !== 'string');
    assert.equal(request.head.get('authorization'), 'Bearer abd');
  });

  it('rests from remembering when nothing ever comes again, and tries anew later', () => {
    const memory = new HeadMemory();
    const send = (value: number): void =>
      void parseRequestHead(get('/', `Host: a\r\nX: ${String(value).padStart(6, '0')}\r\n\r\n`), 0, memory);
    for (let value = 0; value < 6; value += 1) send(value);
    assert.equal(memory.size, 0);
    for (let value = 6; value < 70; value += 1) send(value);
    assert.notEqual(memory.size, 0);
  });
});
