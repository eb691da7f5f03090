import { copyFile, mkdir, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle, type BuildOptions, type Plugin } from 'esbuild';
import { buildSidecar } from './build-sidecar.ts';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const extension = join(root, 'extension');
const dist = join(extension, 'dist');

/** Where the gateway finds the dashboards for a browser: `index.html` and what it asks for. */
export const webFolder = join(dist, 'web');
/** The packaged extension. */
export const vsixFile = join(dist, 'outrider.vsix');

/**
 * Bundles the dashboards (for a browser and for VS Code) and the extension into `extension/dist`, and the sidecar into
 * `sidecar/dist`; with `vsix` also packages the extension.
 */
export async function build({ vsix = false }: { readonly vsix?: boolean } = {}): Promise<void> {
  await rm(webFolder, { recursive: true, force: true });
  await mkdir(webFolder, { recursive: true });
  await Promise.all([buildBrowser(), buildWebview(), buildExtension(), buildSidecar()]);
  if (vsix) await packageVsix();
}

/** Packages what `build` made as `extension/dist/outrider.vsix`; resolves with its size in bytes. */
export async function packageVsix(): Promise<number> {
  // Loaded only here: vsce takes longer to load than everything else takes to build.
  const { createVSIX } = await import('@vscode/vsce');
  await createVSIX({
    cwd: extension,
    packagePath: vsixFile,
    dependencies: false,
    allowMissingRepository: true,
  });
  return (await stat(vsixFile)).size;
}

/** zod carries its messages in sixty languages; only English is shown. */
const onlyEnglish: Plugin = {
  name: 'only-english',
  setup(plugins) {
    plugins.onLoad({ filter: /zod[\\/]v4[\\/]locales[\\/]index\.js$/ }, () => ({
      contents: `export { default as en } from './en.js';`,
    }));
  },
};

const common = {
  bundle: true,
  minify: true,
  legalComments: 'none',
  logLevel: 'warning',
  absWorkingDir: root,
  plugins: [onlyEnglish],
} as const satisfies BuildOptions;

const inBrowsers = { ...common, platform: 'browser', format: 'esm', target: 'chrome120' } as const;

async function buildBrowser(): Promise<void> {
  await bundle({ ...inBrowsers, entryPoints: ['extension/webview/browser.ts'], outdir: webFolder });
  await copyFile(join(extension, 'webview/index.html'), join(webFolder, 'index.html'));
}

async function buildWebview(): Promise<void> {
  await bundle({
    ...inBrowsers,
    entryPoints: { webview: 'extension/webview/vscode.ts' },
    outdir: join(dist, 'webview'),
  });
}

async function buildExtension(): Promise<void> {
  await bundle({
    ...common,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    entryPoints: { extension: 'extension/extension.ts' },
    outdir: dist,
    outExtension: { '.js': '.cjs' },
    // Given by VS Code; and native helpers of `ws` that it does without.
    // zod asks it for Cloudflare; in an extension host the mere question is reported as an error.
    define: { navigator: 'undefined' },
    external: ['vscode', 'bufferutil', 'utf-8-validate'],
  });
}

async function main(): Promise<void> {
  const started = performance.now();
  await build();
  const seconds = () => ((performance.now() - started) / 1000).toFixed(1);
  console.log(`Built extension/dist and sidecar/dist in ${seconds()} s.`);
  if (!process.argv.includes('--vsix')) return;
  const bytes = await packageVsix();
  console.log(`Packaged ${vsixFile} (${Math.ceil(bytes / 1024)} KiB) after ${seconds()} s.`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
