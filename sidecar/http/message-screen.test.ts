import { strict as assert } from 'node:assert';
import { describe, it } from 'mocha';
import fc from 'fast-check';
import { allowed, deny, type MessageVerdict } from '../../shared/index.ts';
import { FrameHeadReader, Opcode, applyMask, closeFrame, writtenHead } from './frame-head.ts';
import { FrameFollower } from './frame-follower.ts';
import { MessageScreen, type Refusal } from './message-screen.ts';

const mask = Buffer.from([0x11, 0x22, 0xf3, 0x44]);

interface FrameOptions {
  readonly isFinal?: boolean;
  readonly mask?: Uint8Array | null;
}

function frame(opcode: number, payload: string | Buffer, options: FrameOptions = {}): Buffer {
  const bytes = Buffer.from(payload);
  const key = options.mask === undefined ? mask : options.mask;
  const head = writtenHead(opcode, options.isFinal ?? true, key, bytes.length);
  if (key) applyMask(bytes, key);
  return Buffer.concat([head, bytes]);
}

interface Frame {
  readonly opcode: number;
  readonly isFinal: boolean;
  readonly payload: Buffer;
}

/** What a receiver would read. */
function framesOf(bytes: Buffer): readonly Frame[] {
  const reader = new FrameHeadReader();
  const frames: Frame[] = [];
  for (let at = 0; at < bytes.length;) {
    at = reader.take(bytes, at);
    const head = reader.done();
    if (!head) break;
    const payload = Buffer.from(bytes.subarray(at, at + head.payloadBytes));
    if (head.mask) applyMask(payload, head.mask);
    frames.push({ opcode: head.opcode, isFinal: head.isFinal, payload });
    at += head.payloadBytes;
  }
  return frames;
}

/** What a receiver puts together of it: control frames apart. */
function messagesOf(bytes: Buffer): readonly string[] {
  const messages: string[] = [];
  let open: Buffer[] = [];
  for (const { opcode, isFinal, payload } of framesOf(bytes)) {
    if (opcode >= 8) continue;
    open.push(payload);
    if (!isFinal) continue;
    messages.push(Buffer.concat(open).toString());
    open = [];
  }
  return messages;
}

interface Options {
  readonly maxBytes?: number;
  readonly isEnforced?: boolean;
  readonly verdict?: (text: string, isTruncated: boolean) => MessageVerdict;
}

function screened(options: Options = {}) {
  const passed: Buffer[] = [];
  const asked: (readonly [text: string, isTruncated: boolean])[] = [];
  const refusals: Refusal[] = [];
  const watch = {
    maxBytes: options.maxBytes ?? 1024,
    isEnforced: options.isEnforced ?? true,
    async check(text: string, isTruncated: boolean) {
      asked.push([text, isTruncated]);
      return options.verdict?.(text, isTruncated) ?? allowed;
    },
  };
  const screen = new MessageScreen(watch, {
    pass: (bytes) => void passed.push(Buffer.from(bytes)),
    refuse: (refusal) => void refusals.push(refusal),
  });
  return { screen, asked, refusals, passed: () => Buffer.concat(passed) };
}

const refusing = (word: string) => (text: string) =>
  text.includes(word) ? deny(403, 'No.', { code: 'injection_refused' }) : allowed;

describe('the screen before a WebSocket', () => {
  it('asks about each text message and passes it on in one frame', async () => {
    const { screen, asked, passed } = screened();
    await screen.take(Buffer.concat([frame(Opcode.text, 'one'), frame(Opcode.text, '둘')]));
    assert.deepEqual(asked, [
      ['one', false],
      ['둘', false],
    ]);
    assert.deepEqual(messagesOf(passed()), ['one', '둘']);
  });

  it('passes binary messages and control frames as they came, and asks nobody', async () => {
    const { screen, asked, passed } = screened();
    const bytes = Buffer.concat([
      frame(Opcode.binary, Buffer.alloc(70_000, 7), { isFinal: false }),
      frame(Opcode.ping, 'are you there?'),
      frame(Opcode.continuation, 'end'),
      frame(Opcode.pong, ''),
    ]);
    await screen.take(bytes);
    assert.deepEqual(asked, []);
    assert.ok(passed().equals(bytes));
  });

  it('puts fragments together, and lets a ping between them through at once', async () => {
    const { screen, asked, passed } = screened();
    await screen.take(frame(Opcode.text, 'un', { isFinal: false }));
    await screen.take(frame(Opcode.ping, '?'));
    assert.deepEqual(
      framesOf(passed()).map(({ opcode }) => opcode),
      [Opcode.ping],
    );
    await screen.take(frame(Opcode.continuation, 'ion', { isFinal: false }));
    await screen.take(frame(Opcode.continuation, ''));
    assert.deepEqual(asked, [['union', false]]);
    assert.deepEqual(messagesOf(passed()), ['union']);
  });

  it('refuses an attack that is spread over fragments before a byte of it passes', async () => {
    const { screen, refusals, passed } = screened({ verdict: refusing('drop table') });
    await screen.take(frame(Opcode.text, 'drop ', { isFinal: false }));
    await screen.take(frame(Opcode.continuation, 'table'));
    await screen.take(frame(Opcode.text, 'more'));
    assert.equal(passed().length, 0);
    assert.deepEqual(refusals, [{ closeCode: 1008, code: 'injection_refused', reason: 'No.' }]);
  });

  it('holds no more than is looked at: the beginning decides, the rest streams', async () => {
    const { screen, asked, passed } = screened({ maxBytes: 10 });
    const text = 'abcdefghijklmnopqrstuvwxyz';
    const bytes = Buffer.concat([
      frame(Opcode.text, text.slice(0, 4), { isFinal: false }),
      frame(Opcode.continuation, text.slice(4, 20), { isFinal: false }),
    ]);
    await screen.take(bytes);
    assert.deepEqual(asked, [['abcdefghij', true]]);
    await screen.take(frame(Opcode.continuation, text.slice(20)));
    await screen.take(frame(Opcode.text, 'short'));
    assert.deepEqual(messagesOf(passed()), [text, 'short']);
    assert.deepEqual(asked[1], ['short', false]);
  });

  it('cuts no character in two for whoever looks', async () => {
    const { screen, asked, passed } = screened({ maxBytes: 4 });
    await screen.take(frame(Opcode.text, '가나다'));
    assert.deepEqual(asked, [['가', true]]);
    assert.deepEqual(messagesOf(passed()), ['가나다']);
  });

  it('refuses what is longer than is looked at where that is the verdict', async () => {
    const verdict = (_text: string, isTruncated: boolean) =>
      isTruncated ? deny(413, 'Too long.', { code: 'body_too_large' }) : allowed;
    const { screen, refusals, passed } = screened({ maxBytes: 8, verdict });
    await screen.take(frame(Opcode.text, 'x'.repeat(9)));
    assert.equal(passed().length, 0);
    assert.equal(refusals[0]?.code, 'body_too_large');
  });

  it('lets nothing pass after a close', async () => {
    const { screen, asked, passed } = screened();
    const close = closeFrame(1000, 'bye', mask);
    await screen.take(Buffer.concat([close, frame(Opcode.text, 'one more thing')]));
    assert.ok(passed().equals(close));
    assert.deepEqual(asked, []);
  });

  const rsv1 = frame(Opcode.text, 'x');
  rsv1[0] = (rsv1[0] ?? 0) | 64;
  const long = Buffer.concat([Buffer.from([0x81, 0xfe, 0, 1]), mask, Buffer.from('x')]);
  const endless = Buffer.concat([Buffer.from([0x81, 0xff]), Buffer.alloc(8, 0xff), mask]);
  for (const [what, bytes] of [
    ['without a mask', frame(Opcode.text, 'x', { mask: null })],
    ['of an extension nobody agreed on', rsv1],
    ['of an unknown kind', frame(3, 'x')],
    ['of an unknown control kind', frame(11, 'x')],
    ['that continues no message', frame(Opcode.continuation, 'x')],
    [
      'that begins a message inside another',
      Buffer.concat([frame(1, 'a', { isFinal: false }), frame(1, 'b')]),
    ],
    ['of control in fragments', frame(Opcode.ping, 'x', { isFinal: false })],
    ['of control that is too long', frame(Opcode.ping, 'x'.repeat(126))],
    ['whose length is not written in its shortest form', long],
    ['whose length is beyond all bounds', endless],
  ] as const) {
    it(`closes with 1002 on a frame ${what}`, async () => {
      const { screen, refusals, passed } = screened();
      await screen.take(bytes);
      assert.equal(refusals[0]?.closeCode, 1002);
      assert.equal(refusals[0]?.code, 'frames_malformed');
      assert.equal(passed().length, 0);
    });

    it(`leaves a frame ${what} to the backend where guards only observe`, async () => {
      const { screen, refusals, passed } = screened({ isEnforced: false });
      await screen.take(bytes);
      await screen.take(frame(Opcode.text, 'after'));
      assert.deepEqual(refusals, []);
      assert.ok(passed().subarray(-frame(Opcode.text, 'after').length).equals(frame(Opcode.text, 'after')));
      assert.ok(passed().includes(bytes.subarray(-4)));
    });
  }

  it('closes with 1007 on text that is not UTF-8, and only observing reads it as it can', async () => {
    const overlong = frame(Opcode.text, Buffer.from([0x61, 0xc0, 0xa7, 0x62]));
    const enforced = screened();
    await enforced.screen.take(overlong);
    assert.equal(enforced.refusals[0]?.closeCode, 1007);
    const observed = screened({ isEnforced: false });
    await observed.screen.take(overlong);
    assert.deepEqual(observed.refusals, []);
    assert.equal(observed.asked.length, 1);
    assert.ok(observed.passed().equals(overlong));
  });

  it('lets every byte pass once the backend turned out to speak something else', async () => {
    const { screen, asked, passed } = screened();
    screen.stop();
    await screen.take(Buffer.from('no frames at all'));
    assert.equal(passed().toString(), 'no frames at all');
    assert.deepEqual(asked, []);
  });

  it('reads the same however the bytes are cut, and the backend puts the same messages together', async () => {
    const message = fc.record({
      text: fc.string({ unit: 'grapheme', maxLength: 300 }),
      parts: fc.integer({ min: 1, max: 4 }),
    });
    const cuts = fc.infiniteStream(fc.integer({ min: 1, max: 40 }));
    await fc.assert(
      fc.asyncProperty(
        fc.array(message, { maxLength: 5 }),
        cuts,
        fc.integer({ min: 1, max: 400 }),
        async (messages, sizes, maxBytes) => {
          const { screen, asked, passed } = screened({ maxBytes });
          const bytes = Buffer.concat(
            messages.map(({ text, parts }) => fragmented(Buffer.from(text), parts)),
          );
          for (let at = 0; at < bytes.length;) {
            const size = sizes.next().value ?? 1;
            await screen.take(bytes.subarray(at, at + size));
            at += size;
          }
          assert.deepEqual(
            messagesOf(passed()),
            messages.map(({ text }) => Buffer.from(text).toString()),
          );
          assert.equal(asked.length, messages.length);
          for (const [at, [text, isTruncated]] of asked.entries()) {
            const whole = Buffer.from(messages[at]?.text ?? '').toString();
            assert.ok(isTruncated ? whole.startsWith(text) : whole === text);
          }
        },
      ),
      { numRuns: 60 },
    );
  });
});

function fragmented(payload: Buffer, parts: number): Buffer {
  const size = Math.ceil(payload.length / parts);
  return Buffer.concat(
    Array.from({ length: parts }, (_, at) =>
      frame(at === 0 ? Opcode.text : Opcode.continuation, payload.subarray(at * size, (at + 1) * size), {
        isFinal: at === parts - 1,
      }),
    ),
  );
}

describe('a follower of frames', () => {
  it('knows where one ends, cut at every byte', () => {
    const frames = [
      frame(Opcode.text, 'hello', { mask: null }),
      frame(Opcode.binary, Buffer.alloc(300), { mask: null }),
      frame(Opcode.pong, '', { mask: null }),
      frame(Opcode.binary, Buffer.alloc(66_000), { mask: null }),
    ];
    const bytes = Buffer.concat(frames);
    const ends = new Set<number>();
    frames.reduce((sum, { length }) => (ends.add(sum + length), sum + length), 0);
    const follower = new FrameFollower();
    for (let at = 0; at < bytes.length; at += 1) {
      follower.follow(bytes.subarray(at, at + 1));
      assert.equal(follower.isBetween, ends.has(at + 1), `after ${at + 1} bytes`);
    }
  });
});
