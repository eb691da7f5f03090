/**
 * What a client may send before its first frame; these packets have no type byte.
 * https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-START-UP
 */
export type StartupPacket =
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'invalid'; readonly why: string }
  /** TLS without asking first (`sslnegotiation=direct`, PostgreSQL 17). */
  | { readonly kind: 'directTls' }
  | { readonly kind: 'tls'; readonly bytes: number }
  | { readonly kind: 'gss'; readonly bytes: number }
  | { readonly kind: 'cancel'; readonly bytes: number }
  | {
      readonly kind: 'session';
      readonly bytes: number;
      /** 3.0 is `{ major: 3, minor: 0 }`. */
      readonly protocol: { readonly major: number; readonly minor: number };
      readonly parameters: ReadonlyMap<string, string>;
    };

/** PostgreSQL's own bound (MAX_STARTUP_PACKET_LENGTH). */
const packetBytesMax = 10_000;

const cancelCode = 80877102;
const tlsCode = 80877103;
const gssCode = 80877104;
const tlsHandshake = 0x16;

export function readStartup(bytes: Buffer): StartupPacket {
  if (bytes[0] === tlsHandshake) return { kind: 'directTls' };
  if (bytes.length < 4) return { kind: 'incomplete' };
  const length = bytes.readInt32BE(0);
  if (length < 8 || length > packetBytesMax)
    return { kind: 'invalid', why: `invalid length of startup packet: ${length}` };
  if (bytes.length < length) return { kind: 'incomplete' };
  const code = bytes.readInt32BE(4);
  if (code === tlsCode) return { kind: 'tls', bytes: length };
  if (code === gssCode) return { kind: 'gss', bytes: length };
  if (code === cancelCode) return { kind: 'cancel', bytes: length };
  const protocol = { major: code >>> 16, minor: code & 0xffff };
  return { kind: 'session', bytes: length, protocol, parameters: parametersOf(bytes.subarray(8, length)) };
}

/** Walsenders speak a protocol of their own in COPY BOTH mode. `replication` is a boolean or `database`. */
export function isReplication(parameters: ReadonlyMap<string, string>): boolean {
  const value = parameters.get('replication');
  return value !== undefined && !/^(?:|0|f|false|n|no|of|off)$/i.test(value);
}

function parametersOf(bytes: Buffer): ReadonlyMap<string, string> {
  const parts = bytes.toString('utf8').split('\0');
  const parameters = new Map<string, string>();
  for (let i = 0; i + 1 < parts.length && parts[i] !== ''; i += 2)
    parameters.set(parts[i] ?? '', parts[i + 1] ?? '');
  return parameters;
}
