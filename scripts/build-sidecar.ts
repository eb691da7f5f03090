import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle, type BuildOptions } from 'esbuild';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '..');

/** What `sidecar/bin/outrider.mjs` runs when it is not older than the sources. */
export const sidecarFolder = join(root, 'sidecar/dist');

const common = {
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20',
  packages: 'external',
  absWorkingDir: root,
  outdir: sidecarFolder,
  sourcemap: true,
  logLevel: 'warning',
} as const satisfies BuildOptions;

/**
 * Compiles the sidecar and its worker threads. Read through tsx every function that has a name is wrapped to keep
 * it, which costs a proxy a tenth of its time; compiled ahead, nothing is wrapped and the start is quicker.
 */
export async function buildSidecar(): Promise<void> {
  await Promise.all([
    bundle({ ...common, entryPoints: { main: 'sidecar/main.ts' }, inject: ['scripts/node-globals.ts'] }),
    // Each thread starts from a file beside the code that starts it, under the name of its uncompiled form.
    bundle({
      ...common,
      entryPoints: {
        'embedded-start': 'sidecar/store/embedded-worker.ts',
        'analysis-start': 'plugins/slow-queries/analysis/worker.ts',
        'shape-start': 'sidecar/sql/shape-worker.ts',
        'what-if-start': 'plugins/slow-queries/indexes/what-if-worker.ts',
      },
      outExtension: { '.js': '.mjs' },
    }),
    buildProbe(),
  ]);
}

/** One file without dependencies, as it is copied beside backends; those may run on an older Node. */
export async function buildProbe(): Promise<string> {
  await bundle({
    ...common,
    entryPoints: { probe: 'sidecar/probe/probe.ts' },
    outExtension: { '.js': '.mjs' },
    target: 'node18.19',
    sourcemap: false,
  });
  return join(sidecarFolder, 'probe.mjs');
}
