import assert from 'node:assert/strict';
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { afterEach, describe, it } from 'mocha';
import { ManualClock } from '../plugins/fake-host.ts';
import { shapeThread, type ShapeThread } from './shape-thread.ts';
import type { Shape } from './shape.ts';

/** Threads that do what each of these says, one after the other, and how many were started. */
class Threads {
  readonly started: Worker[] = [];
  readonly #scripts: readonly string[];

  constructor(...scripts: readonly string[]) {
    this.#scripts = scripts;
  }

  readonly start = (): Worker => {
    const body = this.#scripts[Math.min(this.started.length, this.#scripts.length - 1)] ?? '';
    const worker = new Worker(`const { parentPort: port } = require('node:worker_threads'); ${body}`, {
      eval: true,
    });
    this.started.push(worker);
    return worker;
  };
}

const answering = `port.on('message', (shape) => port.postMessage({ fingerprint: shape, kind: '', reads: [], writes: [] })); port.postMessage('ready');`;
const breaking = `port.on('message', (shape) => shape === 'poison' ? process.exit(1) : port.postMessage({ fingerprint: shape, kind: '', reads: [], writes: [] })); port.postMessage('ready');`;
const silent = `port.on('message', () => {}); port.postMessage('ready');`;

describe('parsing in a thread of its own', () => {
  let thread: ShapeThread;
  const clock = new ManualClock();
  const broken: string[] = [];
  const begin = (threads: Threads): void => {
    broken.length = 0;
    thread = shapeThread({
      start: threads.start,
      clock,
      broke: (why) => {
        broken.push(why);
        // It is started again after a while, which here begins once it broke.
        setImmediate(() => void clock.advance(50));
      },
    });
  };
  const asked = (shape: string): Promise<Shape | null> =>
    new Promise((resolve) => assert.ok(thread.ask(shape, resolve)));
  afterEach(() => thread.close());

  it("gives PostgreSQL's fingerprint and the tables", async () => {
    thread = shapeThread({ broke: assert.fail });
    const found = await asked('select a from t where b = $1');
    assert.deepEqual([found?.kind, found?.reads], ['SelectStmt', ['t']]);
    assert.match(found?.fingerprint ?? '', /^[0-9a-f]{16}$/);
  });

  it('takes questions before it has begun', async () => {
    begin(new Threads(answering));
    assert.equal((await asked('a'))?.fingerprint, 'a');
    assert.equal(await thread.begun(0), true);
    assert.equal(thread.isReady, true);
  });

  it('says so when it does not begin in time', async () => {
    begin(new Threads(`port.on('message', () => {});`));
    const begun = thread.begun(1_000);
    await clock.advance(1_000);
    assert.equal(await begun, false);
    assert.equal(thread.isReady, false);
  });

  it('is started anew after it broke; what broke it is given up, the rest is answered in order', async () => {
    begin(new Threads(breaking, answering));
    const order: string[] = [];
    const all = ['a', 'poison', 'b', 'c'].map((shape) =>
      asked(shape).then((found) => {
        order.push(shape);
        return found?.fingerprint ?? null;
      }),
    );
    assert.deepEqual(await Promise.all(all), ['a', null, 'b', 'c']);
    assert.deepEqual(order, ['a', 'poison', 'b', 'c']);
    assert.deepEqual([thread.restarts, broken.length], [1, 1]);
  });

  it('is started anew when it hangs', async () => {
    begin(new Threads(silent, answering));
    assert.equal(await thread.begun(1_000), true);
    const [first, second] = [asked('a'), asked('b')];
    await clock.advance(5_000);
    assert.deepEqual([await first, (await second)?.fingerprint], [null, 'b']);
    assert.equal(thread.restarts, 1);
  });

  it('takes no more than may wait', async () => {
    begin(new Threads(silent));
    for (let count = 0; count < 1_024; count++) assert.ok(thread.ask(`s${count}`, () => undefined));
    assert.equal(
      thread.ask('one more', () => undefined),
      false,
    );
  });

  it('is not started again once it was closed', async () => {
    const threads = new Threads(answering);
    begin(threads);
    await asked('a');
    const [worker] = threads.started;
    assert.ok(worker);
    const ended = once(worker, 'exit');
    await Promise.all([thread.close(), ended]);
    await clock.advance(60_000);
    assert.equal(threads.started.length, 1);
    assert.equal(
      thread.ask('b', () => undefined),
      false,
    );
  });
});
