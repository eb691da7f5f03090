import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import { ReplyParser, maxReplyHeadBytes, type Fed, type ReplyTaker } from './reply-parser.ts';

interface Taken {
  readonly fed: Fed;
  readonly status: number;
  readonly interim: readonly number[];
  readonly body: string;
  readonly lasts: number;
  readonly trailer: string | undefined;
}

function taken(pieces: readonly string[], isBodiless = false, takesRawChunks = false): Taken {
  const parser = new ReplyParser();
  const interim: number[] = [];
  const body: Buffer[] = [];
  let status = 0;
  let lasts = 0;
  let trailer: string | undefined;
  const take = (bytes: Buffer | null, isLast: boolean): void => {
    // Copied, for the parser's pieces may be reused.
    if (bytes !== null) body.push(Buffer.from(bytes));
    if (isLast) lasts += 1;
  };
  const taker: ReplyTaker = {
    takesRawChunks,
    onInformational: (reply) => void interim.push(reply.status),
    onReply(reply, bytes, isLast, trailers) {
      status = reply.status;
      trailer = trailers?.get('x-t');
      take(bytes, isLast);
    },
    onBody(bytes, isLast, trailers) {
      trailer = trailers?.get('x-t');
      take(bytes, isLast);
    },
  };
  parser.expect(taker, isBodiless);
  let fed: Fed = 'more';
  for (const piece of pieces) {
    if (fed !== 'more') break;
    fed = parser.feed(Buffer.from(piece, 'latin1'));
  }
  return { fed, status, interim, body: Buffer.concat(body).toString('latin1'), lasts, trailer };
}

const replies: Readonly<Record<string, { readonly text: string; readonly body: string }>> = {
  'of a known length': { text: 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', body: 'hello' },
  'in chunks': {
    text: 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\nX-T: 1\r\n\r\n',
    body: 'hello',
  },
  'behind interim ones': {
    text: 'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
    body: 'ok',
  },
  'without a body': { text: 'HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n', body: '' },
  'that has none by its status': {
    text: 'HTTP/1.1 304 Not Modified\r\nContent-Length: 99\r\n\r\n',
    body: '',
  },
};

describe('a reply', () => {
  for (const [what, { text, body }] of Object.entries(replies)) {
    it(`${what} is read wherever it is cut, and byte by byte`, () => {
      const cuts = Array.from({ length: text.length + 1 }, (_, at) => [text.slice(0, at), text.slice(at)]);
      for (const pieces of [...cuts, [...text]]) {
        const got = taken(pieces.filter((piece) => piece !== ''));
        assert.equal(got.fed, 'done', JSON.stringify(pieces));
        assert.equal(got.body, body);
        assert.equal(got.lasts, 1);
      }
    });
  }

  it('keeps its chunks framed for whoever takes them so', () => {
    const { text } = replies['in chunks'] ?? { text: '' };
    assert.equal(taken([...text], false, true).body, text.slice(text.indexOf('\r\n\r\n') + 4));
  });

  it('gives its trailers and interim ones', () => {
    assert.equal(taken([replies['in chunks']?.text ?? '']).trailer, '1');
    assert.deepEqual(taken([replies['behind interim ones']?.text ?? '']).interim, [100, 103]);
  });

  it('to HEAD has no body, whatever it says', () => {
    assert.equal(taken(['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'], true).fed, 'done');
    assert.equal(taken(['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'], true).fed, 'done');
  });

  it('of no length ends where the connection does', () => {
    const parser = new ReplyParser();
    const ends: boolean[] = [];
    parser.expect(
      {
        takesRawChunks: true,
        onInformational: () => undefined,
        onReply: (_reply, _body, isLast) => void ends.push(isLast),
        onBody: (_bytes, isLast) => void ends.push(isLast),
      },
      false,
    );
    assert.equal(parser.feed(Buffer.from('HTTP/1.1 200 OK\r\n\r\nabc')), 'more');
    assert.equal(parser.endsWithConnection, true);
    parser.end();
    assert.deepEqual(ends, [false, true]);
  });

  for (const [what, text] of Object.entries({
    'no HTTP': 'hello\r\n\r\n',
    'another version': 'HTTP/2.0 200 OK\r\n\r\n',
    'a status of two digits': 'HTTP/1.1 20 OK\r\n\r\n',
    'a status below 100': 'HTTP/1.1 099 No\r\n\r\n',
    'two lengths': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n',
    'a length and chunks': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n',
    'an unknown coding': 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n',
    'chunks in HTTP/1.0': 'HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
    'a bare line feed': 'HTTP/1.1 200 OK\nContent-Length: 0\r\n\r\n',
    'a switch nobody asked for': 'HTTP/1.1 101 Switching Protocols\r\n\r\n',
    'bytes behind its end': 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nab',
    'an endless head': `HTTP/1.1 200 OK\r\nX-A: ${'b'.repeat(maxReplyHeadBytes)}`,
  })) {
    it(`is not trusted with ${what}`, () => assert.equal(taken([text]).fed, 'malformed'));
  }
});
