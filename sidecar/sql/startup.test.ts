import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { isReplication, readStartup } from './startup.ts';
import { int32, string } from './transcript.ts';

const body = Buffer.concat([int32(0x30000), ...['user', 'app', 'database', 'shop', ''].map(string)]);
const packet = Buffer.concat([int32(body.length + 4), body]);

describe('the start-up packet', () => {
  it('is read once it is whole', () => {
    for (let at = 0; at < packet.length; at++)
      assert.equal(readStartup(packet.subarray(0, at)).kind, 'incomplete');
    assert.deepEqual(readStartup(Buffer.concat([packet, Buffer.from('more')])), {
      kind: 'session',
      bytes: packet.length,
      protocol: { major: 3, minor: 0 },
      parameters: new Map([
        ['user', 'app'],
        ['database', 'shop'],
      ]),
    });
  });

  it('may ask for TLS, GSS or a cancellation instead', () => {
    const kinds = [80877103, 80877104, 80877102].map(
      (code) => readStartup(Buffer.concat([int32(8), int32(code)])).kind,
    );
    assert.deepEqual(kinds, ['tls', 'gss', 'cancel']);
    assert.equal(readStartup(Buffer.from([0x16, 3, 1])).kind, 'directTls');
  });

  it('is invalid with a length that cannot be', () => {
    for (const length of [-1, 0, 7, 10_001, 0x47455420])
      assert.equal(readStartup(int32(length)).kind, 'invalid');
  });

  it('asks for replication in any of its spellings', () => {
    const asks = (value: string): boolean => isReplication(new Map([['replication', value]]));
    assert.deepEqual(['database', 'true', 'on', '1'].map(asks), [true, true, true, true]);
    assert.deepEqual(['false', 'off', '0', 'no'].map(asks), [false, false, false, false]);
    assert.equal(isReplication(new Map()), false);
  });
});
