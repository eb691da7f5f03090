import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'mocha';
import { findSidecar, gatewayAddress } from './discovery.ts';

async function inFolder(files: Readonly<Record<string, string>>, call: (folder: string) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'outrider-discovery-'));
  try {
    await mkdir(join(folder, '.outrider'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, '.outrider', name), text);
    await call(folder);
  } finally {
    await rm(folder, { recursive: true });
  }
}

const file = {
  gateway: 'http://127.0.0.1:7070',
  tokenFile: 'token',
  pid: 1,
  startedAt: '2026-11-23T10:00:00Z',
};

describe('Finding the sidecar of a workspace', () => {
  it('reads its address and, from another file, its token', () =>
    inFolder({ 'sidecar.json': JSON.stringify(file), token: 'secret\n' }, async (folder) => {
      assert.deepEqual(await findSidecar(folder), { gateway: 'http://127.0.0.1:7070', token: 'secret' });
    }));

  it('finds none while the file is missing, half written, or its token is not there', async () => {
    await inFolder({}, async (folder) => assert.equal(await findSidecar(folder), null));
    await inFolder({ 'sidecar.json': '{"gateway":' }, async (folder) =>
      assert.equal(await findSidecar(folder), null),
    );
    await inFolder({ 'sidecar.json': JSON.stringify(file) }, async (folder) =>
      assert.equal(await findSidecar(folder), null),
    );
  });

  it('takes an address with or without its scheme', () => {
    assert.equal(gatewayAddress(' localhost:7070 '), 'http://localhost:7070');
    assert.equal(gatewayAddress('https://gateway.example/x'), 'https://gateway.example');
    assert.equal(gatewayAddress('http://'), null);
  });
});
