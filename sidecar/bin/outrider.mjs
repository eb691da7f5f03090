#!/usr/bin/env -S node --no-parallel-scavenge --no-allocation-site-pretenuring --no-memory-reducer --min-semi-space-size=32 --max-semi-space-size=32 --heap-growing-percent=200 --max-inlined-bytecode-size-cumulative=4000
// One thread collects young objects: hardly any survive, and more threads cost a sidecar on one core more than they do. `npm start`, the
// image and the demo give the same flag (DECISIONS.md).
// Runs what `npm run build` compiled unless a source is newer, else the TypeScript itself.
import { existsSync, readdirSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const compiled = new URL('../dist/main.js', import.meta.url);
const isCompiled = existsSync(fileURLToPath(compiled)) && !hasNewerSource(statSync(compiled).mtimeMs);
if (!isCompiled) {
  const { register } = await import('tsx/esm/api');
  register();
}
const { main } = await import(isCompiled ? compiled.href : new URL('../main.ts', import.meta.url).href);

// A reader that went away (`outrider log read | head`) is no failure.
process.stdout.on('error', () => process.exit(0));
const code = await main(process.argv.slice(2), {
  cwd: process.cwd(),
  env: process.env,
  out: (text) => void process.stdout.write(text),
  error: (text) => void process.stderr.write(text),
});
// A plugin may have left a timer or a socket open; everything of Outrider's own is flushed and closed.
process.exit(code);

/** Whoever changes a source and starts again means the change. */
function hasNewerSource(compiledMs) {
  return ['shared', 'plugins', 'sidecar'].some((folder) => {
    const source = new URL(`../../${folder}/`, import.meta.url);
    if (!existsSync(source)) return false;
    const files = readdirSync(source, { recursive: true }).filter(
      (file) => file.endsWith('.ts') && !/node_modules|dist|\.test\.ts$/.test(file),
    );
    return files.some((file) => statSync(new URL(file, source)).mtimeMs > compiledMs);
  });
}
