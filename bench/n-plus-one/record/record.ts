import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { z } from 'zod';
import { labelled, type LabelledTrace } from '../../../plugins/n-plus-one/testing/labelled-traces.ts';
import { startPostgres } from '../../../scripts/services.ts';
import { ExchangesUnderRecording, tapOnto } from './tapped.ts';
import { programs, type Program } from './programs.ts';
import { schema } from './schema.ts';

/**
 * `node --import tsx bench/n-plus-one/record/record.ts [program …]`: runs programs that use real ORMs and drivers
 * through the real tap before a real PostgreSQL, and writes what the tap told to `bench/n-plus-one/traces/`.
 */
const tracesFolder = join(import.meta.dirname, '..', 'traces');
const programSeconds = 180;

const said = z.union([
  z.object({
    begin: z.string(),
    is: z.enum(['n-plus-one', 'duplicate', 'nothing']),
    of: z.array(z.string()),
    why: z.string(),
    route: z.string(),
  }),
  z.object({ end: z.string() }),
]);

async function main(names: readonly string[]): Promise<void> {
  const server = await startPostgres();
  try {
    for (const program of programs.filter(({ name }) => names.length === 0 || names.includes(name))) {
      const traces = await record(program, await databaseOf(server.url, program));
      mkdirSync(tracesFolder, { recursive: true });
      writeFileSync(
        join(tracesFolder, `${program.name}.jsonl`),
        `${traces.map((each) => JSON.stringify(labelled.write(each))).join('\n')}\n`,
      );
      console.log(
        `${program.name}: ${traces.length} traces, ${traces.flatMap(({ trace }) => trace.statements).length} statements`,
      );
    }
  } finally {
    await server.stop();
  }
}

async function databaseOf(serverUrl: string, { name }: Program): Promise<string> {
  const database = name.replace(/\W/g, '_');
  await run(serverUrl, `CREATE DATABASE ${database}`);
  const url = new URL(serverUrl);
  url.pathname = `/${database}`;
  await run(url.href, schema);
  return url.href;
}

async function run(url: string, text: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(text).finally(() => client.end());
}

/** Runs one program; each line it says begins or ends an exchange and is answered when the tap has caught up. */
async function record(program: Program, databaseUrl: string): Promise<readonly LabelledTrace[]> {
  const exchanges = new ExchangesUnderRecording();
  const tap = await tapOnto(databaseUrl, exchanges);
  const [command = '', ...args] = program.command;
  const child = spawn(command, args, {
    cwd: import.meta.dirname,
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, DATABASE_URL: tap.url, PYTHONDONTWRITEBYTECODE: '1' },
    timeout: programSeconds * 1000,
  });
  const traces: LabelledTrace[] = [];
  const exited = once(child, 'exit');
  for await (const line of createInterface({ input: child.stdout })) {
    const told = said.parse(JSON.parse(line));
    if ('begin' in told) child.stdin.write(`${exchanges.begin(told.begin, told)}\n`);
    else {
      await tap.settled();
      traces.push({ ...exchanges.end(told.end), tool: program.tool });
      child.stdin.write('ok\n');
    }
  }
  const [code] = (await exited) as [number | null];
  await tap.close();
  if (code !== 0) throw new Error(`${program.name} ended with ${code} after ${traces.length} traces.`);
  return traces;
}

await main(process.argv.slice(2));
