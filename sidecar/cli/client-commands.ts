import {
  commandInfo,
  OutriderError,
  status as statusSchema,
  type CommandInfo,
  type Status,
} from '../../shared/index.ts';
import { z } from 'zod';
import { parsedArguments } from './arguments.ts';
import type { Console } from './console.ts';
import { clientFlags, commandHelp, foundCommand, inputOf, spellingsOf } from './plugin-command.ts';
import { humanText } from './print.ts';
import { runningSidecar, type RunningSidecar } from './running-sidecar.ts';

/** `outrider status`: how the running sidecar is. */
export async function status(tokens: readonly string[], console: Console): Promise<void> {
  const { words, flags } = parsedArguments(tokens, clientFlags);
  if (words.length > 0) throw new OutriderError('usage', 'outrider status takes no words.');
  const sidecar = await runningSidecar({ ...console, flags });
  const found = statusSchema.parse(await sidecar.get('/api/status'));
  console.out(flags['json'] ? `${JSON.stringify(found)}\n` : statusText(found));
}

function statusText({
  version,
  state,
  reasons,
  startedAt,
  addresses,
  http,
  sql,
  log,
  openFindings,
}: Status): string {
  const lines = [
    `Outrider ${version} is ${state} since ${startedAt}.`,
    ...reasons,
    `requests    ${addresses.http ?? 'no proxy'} → ${addresses.upstream ?? '-'}   ${http.perSecond}/s, ${http.inFlight} in flight`,
    `statements  ${addresses.sql ?? 'no tap'} → ${addresses.sqlUpstream ?? '-'}   ${sql.perSecond}/s, ${sql.connections} connections`,
    `gateway     ${addresses.gateway}`,
    `log         ${log.head} events (${log.store}), ${log.queued} waiting, ${log.sampledAway} sampled away`,
    `findings    ${openFindings} open`,
  ];
  return `${lines.join('\n')}\n`;
}

/** `outrider commands`: what can be asked of the running sidecar. */
export async function listCommands(tokens: readonly string[], console: Console): Promise<void> {
  const { words, flags } = parsedArguments(tokens, clientFlags);
  if (words.length > 0) throw new OutriderError('usage', 'outrider commands takes no words.');
  const commands = await commandsOf(await runningSidecar({ ...console, flags }));
  if (flags['json']) return console.out(`${JSON.stringify({ commands })}\n`);
  console.out(
    humanText(commands.map((each) => ({ command: spellingsOf(each)[0]?.join(' '), does: each.title }))),
  );
}

/** Any other words: a command of a plugin, run by the sidecar; its flags come from the command's schema. */
export async function runPluginCommand(tokens: readonly string[], console: Console): Promise<void> {
  const sidecar = await runningSidecar({ ...console, flags: whereFlags(tokens) });
  const { command, rest } = foundCommand(tokens, await commandsOf(sidecar));
  if (rest.includes('--help') || rest.includes('-h')) return console.out(commandHelp(command));
  const { input, flags } = inputOf(command, rest);
  const output = await sidecar.post(`/api/commands/${command.id}`, input);
  console.out(flags['json'] ? `${JSON.stringify(output)}\n` : humanText(output));
}

async function commandsOf(sidecar: RunningSidecar): Promise<readonly CommandInfo[]> {
  return z.object({ commands: z.array(commandInfo) }).parse(await sidecar.get('/api/commands')).commands;
}

/** Which sidecar is meant has to be known before its commands, and so its flags, are. */
function whereFlags(tokens: readonly string[]): Readonly<Record<string, string>> {
  const flags: Record<string, string> = {};
  for (const [index, token] of tokens.entries()) {
    for (const name of ['gateway', 'token', 'data-dir']) {
      if (token.startsWith(`--${name}=`)) flags[name] = token.slice(name.length + 3);
      const next = tokens[index + 1];
      if (token === `--${name}` && next !== undefined) flags[name] = next;
    }
  }
  return flags;
}
