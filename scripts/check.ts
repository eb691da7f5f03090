import { spawnSync } from 'node:child_process';
import { wrongImports } from './imports.ts';

/** Types, the browser-safe part's types, format, lint, import directions: everything runs, then it fails. */
const checks: readonly (readonly [name: string, command: string, ...args: string[]])[] = [
  ['types', 'tsc', '-p', '.'],
  ['types of shared in a browser', 'tsc', '-p', 'shared'],
  ['format', 'prettier', '--check', '--log-level', 'warn', '.'],
  ['lint', 'oxlint', '--quiet'],
];

const failed = checks.filter(([name, command, ...args]) => {
  const { status } = spawnSync(`node_modules/.bin/${command}`, args, { stdio: 'inherit' });
  console.log(`${status === 0 ? 'ok    ' : 'FAILED'} ${name}`);
  return status !== 0;
});

const wrong = wrongImports('.');
for (const { file, imported, reason } of wrong) console.error(`${file} imports ${imported}: ${reason}.`);
console.log(`${wrong.length === 0 ? 'ok    ' : 'FAILED'} import directions`);

process.exitCode = failed.length + wrong.length === 0 ? 0 : 1;
