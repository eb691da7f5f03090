import { frame, FrameError } from './frames.ts';

/**
 * Message types by their byte and payloads as fields:
 * https://www.postgresql.org/docs/current/protocol-message-formats.html
 */
export const fromClient = {
  query: 0x51,
  parse: 0x50,
  bind: 0x42,
  describe: 0x44,
  execute: 0x45,
  close: 0x43,
  sync: 0x53,
  flush: 0x48,
  functionCall: 0x46,
  copyData: 0x64,
  copyDone: 0x63,
  copyFail: 0x66,
  terminate: 0x58,
  authentication: 0x70,
} as const;

export const fromServer = {
  authentication: 0x52,
  backendKeyData: 0x4b,
  bindComplete: 0x32,
  closeComplete: 0x33,
  commandComplete: 0x43,
  copyBothResponse: 0x57,
  copyData: 0x64,
  copyDone: 0x63,
  copyInResponse: 0x47,
  copyOutResponse: 0x48,
  dataRow: 0x44,
  emptyQuery: 0x49,
  error: 0x45,
  functionCallResponse: 0x56,
  negotiateProtocol: 0x76,
  noData: 0x6e,
  notice: 0x4e,
  notification: 0x41,
  parameterDescription: 0x74,
  parameterStatus: 0x53,
  parseComplete: 0x31,
  portalSuspended: 0x73,
  readyForQuery: 0x5a,
  rowDescription: 0x54,
} as const;

/** Where the zero byte of a C string lies; in a cut frame the string may reach to the end. */
export function endOfCString(bytes: Buffer, start: number, end: number, isCut: boolean): number {
  const zero = bytes.indexOf(0, start);
  if (zero >= 0 && zero < end) return zero;
  if (isCut) return end;
  throw new FrameError('A string has no end within its message.');
}

/** Type OIDs of a Parse, from where its text ended; 0 for a type that the server infers. */
export function parameterTypes(bytes: Buffer, start: number, end: number): readonly number[] {
  if (start + 2 > end) return [];
  const count = bytes.readUInt16BE(start);
  if (start + 2 + count * 4 > end) throw new FrameError('Parameter types reach beyond their message.');
  return Array.from({ length: count }, (_, i) => bytes.readUInt32BE(start + 2 + i * 4));
}

export interface ServerError {
  readonly severity: string;
  readonly sqlstate: string;
  readonly message: string;
}

const errorCharactersMax = 1024;

/** The fields of an ErrorResponse that are told on. */
export function serverError(bytes: Buffer, start: number, end: number, isCut: boolean): ServerError {
  let [severity, sqlstate, message] = ['ERROR', '', ''];
  for (let at = start; at < end && bytes[at] !== 0;) {
    const stop = endOfCString(bytes, at + 1, end, isCut);
    const text = (): string => bytes.toString('utf8', at + 1, Math.min(stop, at + 1 + errorCharactersMax));
    if (bytes[at] === 0x56) severity = text();
    else if (bytes[at] === 0x43) sqlstate = text();
    else if (bytes[at] === 0x4d) message = text();
    at = stop + 1;
  }
  return { severity, sqlstate, message };
}

/** An ErrorResponse of our own. `hint` says what to do. */
export function errorResponse(error: ServerError & { readonly hint?: string }): Buffer {
  const { severity, sqlstate, message, hint } = error;
  const fields = [
    `S${severity}`,
    `V${severity}`,
    `C${sqlstate}`,
    `M${message}`,
    ...(hint ? [`H${hint}`] : []),
  ];
  return frame('E', Buffer.from(`${fields.join('\0')}\0\0`));
}

/** `INSERT 0 5` → INSERT and 5; `CREATE TABLE` → CREATE TABLE and 0. */
export function commandOf(tag: string): { readonly command: string; readonly rows: number } {
  let end = tag.length;
  let rows = 0;
  for (let isLast = true; ; isLast = false) {
    const blank = tag.lastIndexOf(' ', end - 1);
    const number = blank < 0 ? Number.NaN : Number(tag.slice(blank + 1, end));
    if (Number.isNaN(number)) return { command: tag.slice(0, end), rows };
    if (isLast) rows = number;
    end = blank;
  }
}
