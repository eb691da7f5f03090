import { ClientSide, clientHops } from './client-side.ts';
import { frame, FrameReader } from './frames.ts';
import { MeterAllowance, ResultMeter } from './result-meter.ts';
import { ServerSide, serverHops } from './server-side.ts';
import { Session, type Execution } from './session.ts';
import type { InFlight } from './statements.ts';

/** Messages as a driver or the server writes them, for tests without a socket. */
export const client = {
  query: (text: string): Buffer => frame('Q', string(text)),
  parse: (name: string, text: string, types: readonly number[] = []): Buffer =>
    frame('P', string(name), string(text), int16(types.length), ...types.map(int32)),
  bind: (portal: string, statement: string, values: readonly (string | null)[] = []): Buffer =>
    frame(
      'B',
      string(portal),
      string(statement),
      int16(0),
      int16(values.length),
      ...values.map(value),
      int16(0),
    ),
  describe: (kind: 'S' | 'P', name: string): Buffer => frame('D', Buffer.from(kind), string(name)),
  execute: (portal: string, rows = 0): Buffer => frame('E', string(portal), int32(rows)),
  close: (kind: 'S' | 'P', name: string): Buffer => frame('C', Buffer.from(kind), string(name)),
  sync: (): Buffer => frame('S'),
  flush: (): Buffer => frame('H'),
  copyData: (text: string): Buffer => frame('d', Buffer.from(text)),
  copyDone: (): Buffer => frame('c'),
  copyFail: (why: string): Buffer => frame('f', string(why)),
  call: (oid: number): Buffer => frame('F', int32(oid), int16(0), int16(0), int16(0)),
} as const;

export const server = {
  ready: (status: 'I' | 'T' | 'E' = 'I'): Buffer => frame('Z', Buffer.from(status)),
  complete: (tag: string): Buffer => frame('C', string(tag)),
  row: (...values: readonly string[]): Buffer => frame('D', int16(values.length), ...values.map(value)),
  columns: (...names: readonly string[]): Buffer => {
    const told = names.length > 0 ? names : ['a'];
    return frame('T', int16(told.length), ...told.flatMap((name) => [string(name), Buffer.alloc(18)]));
  },
  error: (sqlstate: string, message: string): Buffer =>
    frame('E', Buffer.from(`SERROR\0VERROR\0C${sqlstate}\0M${message}\0\0`)),
  notice: (): Buffer => frame('N', Buffer.from('SNOTICE\0VNOTICE\0C00000\0Mhello\0\0')),
  notification: (): Buffer => frame('A', int32(7), string('channel'), string('payload')),
  parameterStatus: (): Buffer => frame('S', string('TimeZone'), string('UTC')),
  parameterTypes: (...oids: readonly number[]): Buffer => frame('t', int16(oids.length), ...oids.map(int32)),
  parsed: (): Buffer => frame('1'),
  bound: (): Buffer => frame('2'),
  closed: (): Buffer => frame('3'),
  noData: (): Buffer => frame('n'),
  empty: (): Buffer => frame('I'),
  suspended: (): Buffer => frame('s'),
  copyIn: (): Buffer => frame('G', Buffer.from([0]), int16(0)),
  copyOut: (): Buffer => frame('H', Buffer.from([0]), int16(0)),
  copyData: (text: string): Buffer => frame('d', Buffer.from(text)),
  copyDone: (): Buffer => frame('c'),
  called: (): Buffer => frame('V', int32(-1)),
} as const;

/** Who speaks, and the bytes. */
export type Line = readonly ['client' | 'server', ...Buffer[]];

export const noExchanges: InFlight = { size: () => 0, byTrace: () => undefined, all: () => [] };

/**
 * Plays a conversation, each line one millisecond after the one before and in pieces of `pieceBytes`, to a
 * session that is past its start-up; returns what ended and the session as it is then.
 */
export function play(
  lines: readonly Line[],
  options: { readonly pieceBytes?: number; readonly inFlight?: InFlight; readonly maxBytes?: number } = {},
): { readonly ended: readonly Execution[]; readonly session: Session } {
  const session = new Session({ connection: 1, database: 'shop', user: 'app' });
  session.isAuthenticated = true;
  const ended: Execution[] = [];
  const side = new ClientSide(session, options.inFlight ?? noExchanges);
  const hops = serverHops.slice();
  const serverSide = new ServerSide({
    session,
    meter: new ResultMeter(hops, new MeterAllowance()),
    ended: (execution) => void ended.push(execution),
    joinOf: (statement, portal) => side.joinOf(statement, portal),
    takeRows: () => {
      const rows = fromServer.hopped;
      fromServer.hopped = 0;
      return rows;
    },
  });
  const fromClient = new FrameReader(
    { hops: clientHops, maxBytes: 1e6 },
    (...frames) => void side.take(...frames),
  );
  const fromServer = new FrameReader(
    { hops, maxBytes: options.maxBytes ?? 1e6 },
    (...frames) => void serverSide.take(...frames),
  );
  for (const [who, ...bytes] of lines) {
    session.nowMs++;
    const reader = who === 'client' ? fromClient : fromServer;
    for (const piece of pieces(Buffer.concat(bytes), options.pieceBytes ?? Infinity)) reader.push(piece);
  }
  return { ended, session };
}

/** Bytes cut into pieces of one size. */
export function pieces(bytes: Buffer, size: number): readonly Buffer[] {
  const cut: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) cut.push(bytes.subarray(at, at + size));
  return cut;
}

export function string(text: string): Buffer {
  return Buffer.from(`${text}\0`);
}

export function int16(number: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeInt16BE(number);
  return bytes;
}

export function int32(number: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(number);
  return bytes;
}

function value(text: string | null): Buffer {
  return text === null ? int32(-1) : Buffer.concat([int32(Buffer.byteLength(text)), Buffer.from(text)]);
}
