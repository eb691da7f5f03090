import { mkdir, open, readFile, readdir, stat, unlink, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../../shared/index.ts';
import type { Once } from '../store/store.ts';
import type { Written } from './entry.ts';
import { countOfSpoolLine, readSpoolLine, spoolLine, type Spooled } from './spool-line.ts';

/** Events that must not be lost wait here, on disk and in order, while the store is away. */
export interface Spool {
  /** True while a batch waits or is being written. */
  readonly isActive: boolean;
  /** Events waiting. */
  readonly events: number;
  /** Events found damaged. */
  readonly damaged: number;
  readonly isFull: boolean;
  /** On disk (fsync) when it resolves; false when there is no room. */
  write(once: Once, events: readonly Written[]): Promise<boolean>;
  /** The oldest batch, again and again until it is taken off; null when there is none. */
  first(): Promise<Spooled | null>;
  takeFirst(): Promise<void>;
  close(): Promise<void>;
}

/** A segment is deleted once everything in it was taken; a new one begins at this size. */
const segmentBytes = 16 * 1024 * 1024;

interface Segment {
  readonly path: string;
  bytes: number;
  /** Events at its end that nobody has taken; kept to count them when it turns out damaged. */
  events: number;
}

/** Opens the spool of a directory and finds what an earlier process left in it. */
export async function openSpool(directory: string, maxBytes: number, log: Log): Promise<Spool> {
  await mkdir(directory, { recursive: true });
  const segments = await leftSegments(directory);
  let nextNumber = 1 + Math.max(0, ...segments.map(({ path }) => numberOf(path)));
  let output: FileHandle | null = null;
  let reading: { readonly segment: Segment; readonly lines: Buffer[] } | null = null;
  let first: Spooled | null = null;
  let writing = 0;
  let turn: Promise<unknown> = Promise.resolve();
  let damaged = 0;
  let isFull = false;

  /** One at a time: a segment is never read while a line is being added to it. */
  function alone<T>(work: () => Promise<T>): Promise<T> {
    const done = turn.then(work);
    turn = done.catch(() => undefined);
    return done;
  }

  const bytes = (): number => segments.reduce((sum, segment) => sum + segment.bytes, 0);

  async function current(): Promise<{ readonly file: FileHandle; readonly segment: Segment }> {
    const newest = segments.at(-1);
    if (output && newest && newest.bytes < segmentBytes) return { file: output, segment: newest };
    await closeOutput();
    const segment = {
      path: join(directory, `${String(nextNumber).padStart(12, '0')}.spool`),
      bytes: 0,
      events: 0,
    };
    output = await open(segment.path, 'ax', 0o600);
    nextNumber += 1;
    segments.push(segment);
    await syncDirectory(directory);
    return { file: output, segment };
  }

  async function write(once: Once, events: readonly Written[]): Promise<boolean> {
    const line = spoolLine(once, events);
    isFull = bytes() + line.length > maxBytes;
    if (isFull) return false;
    writing += 1;
    await alone(() => add(line, events.length)).finally(() => (writing -= 1));
    return true;
  }

  async function add(line: Buffer, events: number): Promise<void> {
    const { file, segment } = await current();
    try {
      await file.appendFile(line);
      await file.datasync();
    } catch (error) {
      // What was half written is behind the last good line: cut it off, so the next line begins a line.
      await file.truncate(segment.bytes);
      throw error;
    }
    segment.bytes += line.length;
    segment.events += events;
  }

  /** The next line of the oldest segment. A segment still being written is closed first; the next line gets a new one. */
  async function nextLine(): Promise<Buffer | null> {
    for (let segment = segments[0]; segment; segment = segments[0]) {
      if (reading?.segment !== segment) {
        if (segment === segments.at(-1)) await closeOutput();
        reading = { segment, lines: await linesOf(segment.path) };
      }
      if (reading.lines[0]) return reading.lines[0];
      await remove(segment);
    }
    return null;
  }

  async function closeOutput(): Promise<void> {
    await output?.close();
    output = null;
  }

  async function remove(segment: Segment): Promise<void> {
    segments.splice(segments.indexOf(segment), 1);
    await unlink(segment.path);
  }

  async function readFirst(): Promise<Spooled | null> {
    for (let line = await nextLine(); line !== null; line = await nextLine()) {
      const found = readSpoolLine(line);
      if (found) return found;
      skipDamaged(line);
    }
    return null;
  }

  function skipDamaged(line: Buffer): void {
    const count = countOfSpoolLine(line);
    damaged += count;
    if (reading) reading.segment.events -= count;
    reading?.lines.shift();
    log.warn('A damaged batch in the spool was skipped', { path: reading?.segment.path, events: count });
  }

  return {
    get isActive() {
      return segments.length > 0 || writing > 0;
    },
    get events() {
      return segments.reduce((sum, segment) => sum + segment.events, 0);
    },
    get damaged() {
      return damaged;
    },
    get isFull() {
      return isFull;
    },
    write,
    async first() {
      first ??= await alone(readFirst);
      return first;
    },
    async takeFirst() {
      if (reading && first) reading.segment.events -= first.events.length;
      reading?.lines.shift();
      first = null;
      isFull = false;
    },
    close: () => alone(closeOutput),
  };
}

async function leftSegments(directory: string): Promise<Segment[]> {
  const names = (await readdir(directory)).filter((name) => /^\d+\.spool$/.test(name)).sort();
  return Promise.all(
    names.map(async (name) => {
      const path = join(directory, name);
      const lines = await linesOf(path);
      const events = lines.reduce((sum, line) => sum + countOfSpoolLine(line), 0);
      return { path, bytes: (await stat(path)).size, events };
    }),
  );
}

/** Whole lines; what follows the last one was never acknowledged, since its write had not ended. */
async function linesOf(path: string): Promise<Buffer[]> {
  const bytes = await readFile(path);
  const lines: Buffer[] = [];
  let start = 0;
  for (let end = bytes.indexOf(10); end !== -1; end = bytes.indexOf(10, start)) {
    lines.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return lines;
}

function numberOf(path: string): number {
  return Number(/(\d+)\.spool$/.exec(path)?.[1] ?? 0);
}

/** A new file is only there after a crash when its directory is on disk too. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
