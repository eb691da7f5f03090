import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'mocha';
import { OutriderError } from '../shared/index.ts';
import { initTemplate } from './cli/init-template.ts';
import { loadConfig } from './config.ts';
import { configuredPlugins } from './plugins/configured.ts';

describe('the configuration', () => {
  let cwd = '';
  beforeEach(async () => {
    cwd = await mkdtemp(join(tmpdir(), 'outrider-config-'));
  });
  afterEach(() => rm(cwd, { recursive: true }));

  const load = (
    flags: Readonly<Record<string, string | true>> = {},
    env: Readonly<Record<string, string>> = {},
  ) => loadConfig({ cwd, env, flags });
  const file = (name: string, text: string) => writeFile(join(cwd, name), text);

  it('observes, listens on loopback and has no parts, when nothing is said', async () => {
    const { config, file: path } = await load();
    assert.deepEqual(
      [config.mode, config.http.upstream, config.sql.upstream, config.gateway.listen, path],
      ['observe', undefined, undefined, '127.0.0.1:7070', null],
    );
  });

  it('is the defaults, then the file, then the environment, then the flags', async () => {
    await file(
      'outrider.config.yaml',
      'http: { upstream: "http://file:1", listen: "127.0.0.1:1", trustedHops: 2 }\n',
    );
    const env = { OUTRIDER_UPSTREAM: 'http://env:2', OUTRIDER_LISTEN: '127.0.0.1:2' };
    const { config } = await load({ listen: '127.0.0.1:3' }, env);
    assert.deepEqual(
      [config.http.upstream, config.http.listen, config.http.trustedHops, config.http.host],
      ['http://env:2', '127.0.0.1:3', 2, 'keep'],
    );
  });

  for (const [name, text] of [
    ['outrider.config.yaml', 'drainSeconds: 7\n'],
    ['outrider.config.json', '{ "drainSeconds": 7 }'],
    ['outrider.config.ts', 'const seconds: number = 7;\nexport default { drainSeconds: seconds };\n'],
    ['outrider.config.js', 'export default { drainSeconds: 7 };\n'],
  ] as const) {
    it(`is found as ${name}`, async () => {
      await file(name, text);
      assert.equal((await load()).config.drainSeconds, 7);
    });
  }

  it('is empty when its file is', async () => {
    await file('outrider.config.yaml', '# nothing yet\n');
    assert.equal((await load()).config.mode, 'observe');
  });

  it('may be anywhere, and paths of plugins are relative to it', async () => {
    await file(
      'other.yaml',
      'plugins: [{ plugin: ./no-bots.mjs, mode: enforce, options: { strict: true } }]\n',
    );
    await file(
      'no-bots.mjs',
      `export default { name: 'no-bots', summary: 'No bots.', uses: {}, setup: () => ({}),
         config: { safeParse: (data) => ({ success: true, data }) } };`,
    );
    const loaded = await load({ config: 'other.yaml' });
    const [plugin] = await configuredPlugins(loaded, () => load({ config: 'other.yaml' }), [], '1').loadAll();
    assert.deepEqual(
      [plugin?.plugin.name, plugin?.mode, plugin?.origin, plugin?.options],
      ['no-bots', 'enforce', 'file', { strict: true }],
    );
  });

  it('reads a plugin file anew at each reload', async () => {
    const source = (summary: string) =>
      `export default { name: 'p', summary: '${summary}', uses: {}, setup: () => ({}),
         config: { safeParse: (data) => ({ success: true, data }) } };`;
    await file('p.ts', source('one'));
    await file('outrider.config.yaml', 'plugins: [{ plugin: ./p.ts }]\n');
    const plugins = configuredPlugins(await load(), load, [], '1');
    assert.equal((await plugins.loadAll())[0]?.plugin.summary, 'one');
    await file('p.ts', source('two'));
    await file('outrider.config.yaml', 'plugins: [{ plugin: ./p.ts, mode: enforce }]\n');
    const again = await plugins.loadAgain('p');
    assert.deepEqual([again.plugin.summary, again.mode], ['two', 'enforce']);
  });

  it('in TypeScript may hand plugins over as values', async () => {
    await file(
      'outrider.config.ts',
      `const mine = { name: 'mine', summary: 'Mine.', uses: {}, setup: () => ({}),
         config: { safeParse: (data: unknown) => ({ success: true, data }) } };
       export default { plugins: [{ plugin: mine, mode: 'enforce', options: { a: 1 } }] };`,
    );
    const loaded = await load();
    const [plugin] = await configuredPlugins(loaded, load, [], '1').loadAll();
    assert.deepEqual([plugin?.plugin.name, plugin?.mode, plugin?.options], ['mine', 'enforce', { a: 1 }]);
  });

  it('tells of variables that are no settings', async () => {
    const { warnings } = await load({}, { OUTRIDER_UPSTEAM: 'http://x' });
    assert.deepEqual(warnings, [
      'OUTRIDER_UPSTEAM is not a setting of Outrider and has no effect; did you mean OUTRIDER_UPSTREAM.',
    ]);
  });

  it('that init writes is valid and enforces', async () => {
    await file('outrider.config.yaml', initTemplate);
    const { config } = await load();
    assert.equal(config.mode, 'enforce');
    assert.deepEqual(
      config.plugins.map(({ plugin, mode }) => [plugin, mode]),
      [
        ['api-keys', 'enforce'],
        ['injection-filter', 'enforce'],
      ],
    );
  });

  const wrong: readonly {
    readonly what: string;
    readonly file?: readonly [string, string];
    readonly env?: Readonly<Record<string, string>>;
    readonly flags?: Readonly<Record<string, string | true>>;
    readonly code: string;
    readonly says: RegExp;
  }[] = [
    {
      what: 'a bad address in a flag',
      flags: { listen: 'here' },
      code: 'config_invalid',
      says: /http\.listen: Write it as HOST:PORT, e\.g\. 127\.0\.0\.1:8080\. \(from --listen\)/,
    },
    {
      what: 'a bad URL in the environment',
      env: { OUTRIDER_UPSTREAM: 'localhost:3000' },
      code: 'config_invalid',
      says: /http\.upstream: Write the URL of the backend, e\.g\. .* \(from OUTRIDER_UPSTREAM\)/,
    },
    {
      what: 'a number that is none',
      env: { OUTRIDER_DAYS: 'many' },
      code: 'config_invalid',
      says: /record\.days: .*number.* \(from OUTRIDER_DAYS\)/,
    },
    {
      what: 'a mode that is none',
      flags: { mode: 'watch' },
      code: 'config_invalid',
      says: /mode: Write one of enforce, observe\. \(from --mode\)/,
    },
    {
      what: 'a misspelt name in a file',
      file: ['outrider.config.yaml', 'http: { upsteam: "http://a" }'],
      code: 'config_invalid',
      says: /http: There is no setting `upsteam` \(did you mean `upstream`\?\)\. Known here: upstream, listen,.*outrider\.config\.yaml/,
    },
    {
      what: 'a misspelt part',
      file: ['outrider.config.json', '{ "htpp": {} }'],
      code: 'config_invalid',
      says: /\(top level\): There is no setting `htpp` \(did you mean `http`\?\)/,
    },
    {
      what: 'a misspelt field of a plugin',
      file: ['outrider.config.json', '{ "plugins": [{ "plugin": "a", "mod": "off" }] }'],
      code: 'config_invalid',
      says: /plugins\.0: There is no setting `mod` \(did you mean `mode`\?\)/,
    },
    {
      what: 'several at once, each named',
      flags: { listen: 'x', gateway: 'y' },
      code: 'config_invalid',
      says: /http\.listen[^]*gateway\.listen/,
    },
    {
      what: 'YAML that is none',
      file: ['outrider.config.yaml', 'a: [1'],
      code: 'config_unreadable',
      says: /outrider\.config\.yaml: It is not YAML/,
    },
    {
      what: 'JSON that is none',
      file: ['outrider.config.json', '{'],
      code: 'config_unreadable',
      says: /It is not JSON/,
    },
    {
      what: 'a list in place of settings',
      file: ['outrider.config.yaml', '- a\n'],
      code: 'config_unreadable',
      says: /one object of settings/,
    },
    {
      what: 'a TypeScript file that throws',
      file: ['outrider.config.ts', 'throw new Error("no env");'],
      code: 'config_unreadable',
      says: /cannot be imported: no env/,
    },
    {
      what: 'a file that is not there',
      flags: { config: 'none.yaml' },
      code: 'config_unreadable',
      says: /none\.yaml: ENOENT/,
    },
    {
      what: 'a file of another kind',
      flags: { config: 'a.toml' },
      code: 'config_unreadable',
      says: /must end in/,
    },
    {
      what: 'a port that cannot be',
      flags: { listen: '127.0.0.1:99999' },
      code: 'config_invalid',
      says: /http\.listen: A port is at most 65535\. \(from --listen\)/,
    },
    {
      what: 'a number in words',
      env: { OUTRIDER_DRAIN_SECONDS: 'ten' },
      code: 'config_invalid',
      says: /drainSeconds: Write a number here\. \(from OUTRIDER_DRAIN_SECONDS\)/,
    },
    {
      what: 'a number out of range',
      file: ['outrider.config.yaml', 'record: { days: 0 }\n'],
      code: 'config_invalid',
      says: /record\.days: Write more than 0\. \(from .*outrider\.config\.yaml\)/,
    },
    {
      what: 'a plugin as a bare name',
      file: ['outrider.config.yaml', 'plugins: [api-keys]\n'],
      code: 'config_invalid',
      says: /plugins\.0: Write an entry as \{ plugin: api-keys, mode: enforce, options: \{\} \}\./,
    },
    {
      what: 'a short token',
      flags: { token: 'abc' },
      code: 'config_invalid',
      says: /gateway\.token: .*16.*from --token/,
    },
  ];
  for (const { what, file: written, env = {}, flags = {}, code, says } of wrong) {
    it(`says where it came from, what is wrong and what to write: ${what}`, async () => {
      if (written) await file(...written);
      await assert.rejects(load(flags, env), (error: unknown) => {
        assert.equal(error instanceof OutriderError && error.code, code);
        assert.match(String(error), says);
        return true;
      });
    });
  }

  it('in two files at once is refused', async () => {
    await file('outrider.config.yaml', '');
    await file('outrider.config.json', '{}');
    await assert.rejects(load(), /outrider\.config\.json is there too/);
  });

  const badPlugins: readonly (readonly [string, string, RegExp])[] = [
    [
      'neither built in nor a package',
      'plugins: [{ plugin: nobody-has-this }]',
      /nobody-has-this is neither built in \(.*\) nor a package/,
    ],
    ['a file that is not there', 'plugins: [{ plugin: ./gone.ts }]', /There is no file .*gone\.ts/],
    ['a file that exports no plugin', 'plugins: [{ plugin: ./empty.mjs }]', /its name must be kebab-case/],
    ['a file that throws', 'plugins: [{ plugin: ./throws.mjs }]', /cannot be imported: not today/],
    ["a name that is the host's own", 'plugins: [{ plugin: ./host.mjs }]', /the name host is the host's own/],
  ];
  for (const [what, text, says] of badPlugins) {
    it(`refuses a plugin that is ${what}`, async () => {
      await file('empty.mjs', 'export default {};');
      await file('throws.mjs', 'throw new Error("not today");');
      await file('host.mjs', 'export default { name: "host" };');
      await file('outrider.config.yaml', text);
      await assert.rejects(configuredPlugins(await load(), load, [], '1').loadAll(), (error: unknown) => {
        assert.equal(error instanceof OutriderError && error.code, 'plugin_invalid');
        assert.match(String(error), says);
        return true;
      });
    });
  }
});
