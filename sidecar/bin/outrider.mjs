#!/usr/bin/env node
// Runs what `npm run build` compiled when that lies beside, else the TypeScript itself.
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const compiled = new URL('../dist/main.js', import.meta.url);
const isCompiled = existsSync(fileURLToPath(compiled));
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
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
});
// A plugin may have left a timer or a socket open; everything of Outrider's own is flushed and closed.
process.exit(code);
