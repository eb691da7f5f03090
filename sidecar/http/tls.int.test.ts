import { strict as assert } from 'node:assert';
import { execFile, execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { exchangeRaw, startProxy } from './test-proxy.ts';

let folder: string;
let backend: Server;
let upstream: string;

describe('a backend behind TLS', () => {
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'outrider-tls-'));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost'];
    const files = ['-keyout', key, '-out', cert];
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', ...files, ...subject],
      {
        stdio: 'ignore',
      },
    );
    backend = createServer({ key: readFileSync(key), cert: readFileSync(cert) }, (request, response) => {
      let bytes = 0;
      request.on('data', (piece: Buffer) => (bytes += piece.length));
      request.on('end', () => response.end(`got ${bytes}`));
    });
    await new Promise<void>((resolve) => backend.listen(0, '127.0.0.1', resolve));
    // Safe: a server that listens on an address and a port has one.
    upstream = `https://localhost:${(backend.address() as AddressInfo).port}`;
  });

  afterEach(async () => {
    backend.closeAllConnections();
    await new Promise((resolve) => backend.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  it('is spoken to when its certificate is trusted', async function () {
    this.timeout(30_000);
    assert.equal(await throughOwnProcess(), 'got 300000 got 300000 1');
  });

  it('is not spoken to when its certificate is not trusted', async () => {
    const proxy = await startProxy(0, { http: { upstream } });
    const answer = await exchangeRaw(proxy.port, 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n');
    await proxy.stop();
    assert.match(answer, /^HTTP\/1\.1 502 [^]*backend_unreachable/);
    assert.match(JSON.stringify(proxy.logged), /self-signed certificate/);
  });
});

/** Node reads whom to trust once, at its start, so a trusting proxy needs a process of its own. */
function throughOwnProcess(): Promise<string> {
  const code = `
    const { startProxy } = await import(${JSON.stringify(new URL('./test-proxy.ts', import.meta.url).href)});
    const proxy = await startProxy(0, { http: { upstream: ${JSON.stringify(upstream)}, host: 'rewrite' } });
    const ask = async () => (await fetch(proxy.url, { method: 'POST', body: 'x'.repeat(300_000) })).text();
    console.log(await ask(), await ask(), proxy.proxy.stats.backendConnections.open);
    process.exit(0);`;
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: join(folder, 'cert.pem') };
  return new Promise((resolve, reject) => {
    execFile(
      process.execPath,
      ['--import', 'tsx', '--input-type=module', '-e', code],
      { env, timeout: 25_000 },
      (error, printed) => (error === null ? resolve(printed.trim()) : reject(error)),
    );
  });
}
