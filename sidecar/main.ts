import { errorTable, OutriderError, type ErrorCode } from '../shared/index.ts';
import { parsedArguments } from './cli/arguments.ts';
import { check } from './cli/check.ts';
import { listCommands, runPluginCommand, status } from './cli/client-commands.ts';
import { config, init } from './cli/config-commands.ts';
import type { Console } from './cli/console.ts';
import { helpText, runFlags } from './cli/help.ts';
import { outriderErrorOf } from './plugins/foreign-error.ts';
import { version } from './version.ts';

/** The command line. Resolves with the exit code: 0, 1 (it failed), 2 (it was asked wrongly); `check` has its own. */
export async function main(tokens: readonly string[], console: Console): Promise<number> {
  try {
    return (await dispatch(tokens, console)) ?? 0;
  } catch (error) {
    const known = outriderErrorOf(error) ?? new OutriderError('internal', undefined, { cause: error });
    console.error(sentences(known));
    return usageCodes.has(known.code) ? 2 : 1;
  }
}

type Handler = (tokens: readonly string[], console: Console) => Promise<number | void>;

/** Loaded only to run: a thin client starts in half the time without the machine. */
const run: Handler = async (tokens, console) => (await import('./cli/run.ts')).run(tokens, console);

const handlers: Readonly<Record<string, Handler>> = {
  init,
  config,
  check,
  status,
  commands: listCommands,
  run,
};

async function dispatch(tokens: readonly string[], console: Console): Promise<number | void> {
  const [first, ...rest] = tokens;
  if (first === undefined || first.startsWith('-')) return runOrTell(tokens, console);
  if (first === 'help') return console.out(helpText());
  const handler = Object.hasOwn(handlers, first) ? handlers[first] : undefined;
  if (!handler) return runPluginCommand(tokens, console);
  // What follows `--` is somebody else's command line.
  if (rest.slice(0, rest.indexOf('--') >>> 0).includes('--help')) return console.out(helpText());
  return handler(rest, console);
}

async function runOrTell(tokens: readonly string[], console: Console): Promise<void> {
  const { flags, words } = parsedArguments(tokens, runFlags);
  if (flags['help']) return console.out(helpText());
  if (flags['version']) return console.out(`${version}\n`);
  if (words.length > 0) {
    throw new OutriderError('usage', `Write the command first: outrider ${words.join(' ')} …`);
  }
  await run(tokens, console);
}

const usageCodes: ReadonlySet<ErrorCode> = new Set([
  'usage',
  'config_invalid',
  'config_unreadable',
  'config_exists',
  'input_invalid',
]);

const ownFault = 'This is a fault of Outrider or of a plugin: report it with the lines below.';

/** What happened and what to do, for a terminal; what nobody expected with its stack, as there is nobody else to read it. */
function sentences(error: OutriderError): string {
  const stack =
    error.code === 'internal' && error.cause instanceof Error ? `\n${error.cause.stack ?? ''}` : '';
  const todo = error.code === 'internal' ? ownFault : errorTable[error.code].todo;
  return `outrider: ${error.message}\n${todo}${stack}\n`;
}
