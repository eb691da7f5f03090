import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { main } from './main.ts';

const pluginText = (name: string, more: string): string =>
  `export default { name: '${name}', summary: 'S.', uses: {}, setup: () => ({}),
     config: { safeParse: (data) => ({ success: true, data }) }, ${more} };`;
const throwingConfig = "config: { safeParse() { throw new Error('bad schema'); } }";

describe('the command line', () => {
  let cwd = '';
  let out = '';
  let errors = '';
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'outrider-main-'));
    out = errors = '';
  });
  afterEach(() => rm(cwd, { recursive: true }));

  const outrider = (line: string, env: Readonly<Record<string, string>> = {}) =>
    main(line === '' ? [] : line.split(' '), {
      cwd,
      env,
      out: (text) => void (out += text),
      error: (text) => void (errors += text),
    });

  const wrong: readonly (readonly [string, number, RegExp])[] = [
    ['--upsteam http://a', 2, /There is no flag --upsteam\. Did you mean --upstream\?/],
    ['--upstream', 2, /--upstream needs a value/],
    ['--enforce=yes', 2, /--enforce takes no value/],
    ['--listen nowhere', 2, /http\.listen: Write it as HOST:PORT.*from --listen/],
    ['config', 2, /outrider config check/],
    ['config chekc', 2, /outrider config check/],
    ['config check --listen nowhere', 2, /http\.listen/],
    ['init now', 2, /takes nothing more/],
    ['keys create', 1, /No running sidecar was found.*\.outrider\/sidecar\.json/],
    ['status', 1, /No running sidecar was found/],
    ['status --gateway 127.0.0.1:1 --token 0123456789abcdef', 1, /http:\/\/127\.0\.0\.1:1 does not answer/],
    ['status --gateway 127.0.0.1:1', 1, /a --token is needed/],
  ];
  for (const [line, code, says] of wrong) {
    it(`answers \`${line}\` with a clear sentence and exit code ${code}`, async () => {
      assert.equal(await outrider(line), code);
      assert.match(errors, says);
      assert.equal(out, '');
    });
  }

  it('prints help and version', async () => {
    assert.equal(await outrider('--help'), 0);
    assert.match(out, /Usage[^]*--sql-upstream[^]*OUTRIDER_SQL_UPSTREAM/);
    out = '';
    assert.equal(await outrider('--version'), 0);
    assert.match(out, /^\d+\.\d+\.\d+\n$/);
  });

  it('writes a configuration once, and never over one that is there', async () => {
    assert.equal(await outrider('init'), 0);
    assert.equal(await outrider('config check'), 0);
    await writeFile(join(cwd, 'outrider.config.yaml'), 'mode: observe\n');
    assert.equal(await outrider('init'), 2);
    assert.match(
      errors,
      /There is a configuration already, and it was left as it is\. .*outrider\.config\.yaml/,
    );
    assert.equal(await readFile(join(cwd, 'outrider.config.yaml'), 'utf8'), 'mode: observe\n');
  });

  for (const [what, config, says] of [
    [
      'a plugin that is not there',
      'plugins: [{ plugin: api-kees }]',
      /api-kees is neither built in \(api-keys, /,
    ],
    [
      'a plugin without a list of panels',
      'plugins: [{ plugin: ./odd.mjs }]',
      /odd\.mjs: odd must list its panels/,
    ],
    [
      'a plugin whose schema throws',
      'plugins: [{ plugin: ./throws.mjs }]',
      /throws: its config cannot check options: bad schema/,
    ],
    ['a file that is not there', 'plugins: [{ plugin: ./none.ts }]', /There is no file .*none\.ts/],
    [
      'an option that is none',
      'plugins: [{ plugin: api-keys, options: { graceSecond: 3 } }]',
      /plugins\.api-keys\.options: There is no field `graceSecond` here/,
    ],
    [
      'a plugin that is listed twice',
      'plugins: [{ plugin: api-keys }, { plugin: api-keys }]',
      /Two plugins have the same name\. Both are called api-keys/,
    ],
  ] as const)
    it(`finds in a configuration what would refuse the start: ${what}`, async () => {
      await writeFile(join(cwd, 'outrider.config.yaml'), config);
      await writeFile(join(cwd, 'odd.mjs'), pluginText('odd', 'panels: 3,'));
      await writeFile(join(cwd, 'throws.mjs'), pluginText('throws', throwingConfig));
      assert.notEqual(await outrider('config check'), 0);
      assert.match(errors, says);
      assert.equal(out, '');
    });

  it('leaves a configuration of another kind alone too', async () => {
    await writeFile(join(cwd, 'outrider.config.json'), '{}');
    assert.equal(await outrider('init'), 2);
    assert.match(errors, /outrider\.config\.json/);
  });

  it('says so when what tells where the sidecar is was damaged', async () => {
    await mkdir(join(cwd, '.outrider'));
    await writeFile(join(cwd, '.outrider/sidecar.json'), '{"gateway":');
    assert.equal(await outrider('status'), 1);
    assert.match(errors, /sidecar\.json was not written by a sidecar/);
  });

  it('prints the merged configuration without its secrets', async () => {
    const env = {
      OUTRIDER_TOKEN: 'a-very-secret-token',
      OUTRIDER_DATABASE_URL: 'postgresql://app:hunter2@db/x?password=hunter3',
      OUTRIDER_REDIS_URL: 'redis://:hunter4@cache:6379',
      OUTRIDER_INSPECT_URL: 'postgresql://ro:p@ss:w@db/x',
    };
    assert.equal(await outrider('config check --print', env), 0);
    assert.doesNotMatch(out, /secret-token|hunter|p@ss|ss:w/);
    assert.match(out, /postgresql:\/\/app:\[redacted\]@db\/x/);
    assert.match(out, /inFlight: 4096/);
  });

  it('prints the JSON Schema of the configuration', async () => {
    assert.equal(await outrider('config schema'), 0);
    const schema = JSON.parse(out) as { properties: Record<string, unknown> };
    assert.equal('http' in schema.properties && 'plugins' in schema.properties, true);
  });

  describe('against a gateway', () => {
    const commands = [
      {
        id: 'api-keys/create',
        plugin: 'api-keys',
        title: 'Create a key',
        effect: 'secret',
        returnsView: false,
        cli: 'keys create',
        inputSchema: {
          type: 'object',
          properties: {
            label: { type: 'string', description: 'What it is for.' },
            scopes: { type: 'array', items: { type: 'string' } },
            expiresInDays: { anyOf: [{ type: 'integer' }, { type: 'null' }] },
            isAdmin: { type: 'boolean', default: false },
            rateLimit: {
              anyOf: [
                {
                  type: 'object',
                  properties: { requests: { type: 'integer' }, seconds: { type: 'number' } },
                },
                { type: 'null' },
              ],
            },
          },
          required: ['label'],
        },
      },
      {
        id: 'api-keys/list',
        plugin: 'api-keys',
        title: 'List keys',
        effect: 'read',
        returnsView: false,
        cli: 'keys list',
        inputSchema: { type: 'object', properties: {} },
      },
    ];
    let asked: {
      readonly url: string | undefined;
      readonly token: string | undefined;
      readonly body: unknown;
    }[] = [];
    let answer: { status: number; body: unknown } = { status: 200, body: {} };
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk: Buffer) => (text += chunk.toString()));
      request.on('end', () => {
        asked.push({
          url: request.url,
          token: request.headers.authorization,
          body: text === '' ? null : JSON.parse(text),
        });
        const { status, body } =
          request.url === '/api/commands' ? { status: 200, body: { commands } } : answer;
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    let env: Readonly<Record<string, string>> = {};
    beforeEach(async () => {
      asked = [];
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      // Safe: it listens on TCP.
      const { port } = server.address() as AddressInfo;
      env = { OUTRIDER_GATEWAY: `127.0.0.1:${port}`, OUTRIDER_TOKEN: 'the-token' };
    });
    afterEach(
      () =>
        new Promise((resolve) => {
          server.closeAllConnections();
          server.close(resolve);
        }),
    );

    it('makes flags from the schema of the command', async () => {
      answer = { status: 200, body: { key: 'sk_live_1' } };
      assert.equal(
        await outrider('keys create --label ci --scopes read,write --expires-in-days 7 --is-admin', env),
        0,
      );
      assert.deepEqual(asked.at(-1), {
        url: '/api/commands/api-keys/create',
        token: 'Bearer the-token',
        body: { label: 'ci', scopes: ['read', 'write'], expiresInDays: 7, isAdmin: true },
      });
      assert.equal(out, 'key: sk_live_1\n');
    });

    it('takes bare words for required fields', async () => {
      assert.equal(await outrider('keys create ci', env), 0);
      assert.deepEqual(asked.at(-1)?.body, { label: 'ci' });
    });

    it('finds the running sidecar by its file, in this folder or one above', async () => {
      const { mkdir } = await import('node:fs/promises');
      await mkdir(join(cwd, '.outrider'));
      await writeFile(join(cwd, 'token'), 'from-file\n');
      await writeFile(
        join(cwd, '.outrider/sidecar.json'),
        JSON.stringify({
          gateway: `http://${env['OUTRIDER_GATEWAY']}`,
          tokenFile: join(cwd, 'token'),
          pid: 1,
          startedAt: '',
        }),
      );
      await mkdir(join(cwd, 'deep/er'), { recursive: true });
      cwd = join(cwd, 'deep/er');
      assert.equal(await outrider('keys list'), 0);
      assert.equal(asked.at(-1)?.token, 'Bearer from-file');
      cwd = join(cwd, '../..');
    });

    it('draws lists as tables, and prints JSON when asked', async () => {
      answer = {
        status: 200,
        body: {
          keys: [
            { id: 'a', label: 'ci' },
            { id: 'b', label: 'laptop' },
          ],
        },
      };
      await outrider('keys list', env);
      assert.equal(out, 'id  label\na   ci\nb   laptop\n');
      out = '';
      await outrider('keys list --json', env);
      assert.deepEqual(JSON.parse(out), answer.body);
    });

    it('shows the flags of a command', async () => {
      assert.equal(await outrider('keys create --help', env), 0);
      assert.match(
        out,
        /outrider keys create: Create a key\.[^]*--label STRING +What it is for\.; required[^]*--is-admin +default false/,
      );
      assert.match(out, /--rate-limit '\{"requests":INTEGER,"seconds":NUMBER\}'/);
    });

    const refused: readonly (readonly [string, number, RegExp])[] = [
      ['keys create', 2, /--label is missing; `outrider keys create --help` lists the flags/],
      ['keys create ci more', 2, /does not take `more`/],
      ['keys create --lable ci', 2, /There is no flag --lable\. Did you mean --label\?/],
      ['keys create ci --expires-in-days soon', 2, /--expires-in-days takes a number, not `soon`/],
      ['keys crate ci', 2, /There is no command keys crate ci|Did you mean keys create/],
      ['keys', 2, /More is wanted: keys create, keys list\./],
      ['keys create ci --rate-limit 5', 2, /--rate-limit takes a JSON object: '\{"requests":INTEGER/],
      ['keys create ci --input 5', 2, /--input takes a JSON object\./],
    ];
    for (const [line, code, says] of refused) {
      it(`refuses \`${line}\``, async () => {
        assert.equal(await outrider(line, env), code);
        assert.match(errors, says);
      });
    }

    it("tells the gateway's problem as it is", async () => {
      answer = { status: 404, body: { code: 'key_not_found', title: '', detail: 'k7', status: 404 } };
      assert.equal(await outrider('keys list', env), 1);
      assert.match(errors, /There is no API key with this id\. k7\nList the keys to see their ids\./);
    });
  });
});
