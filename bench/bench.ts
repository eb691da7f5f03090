import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { Bench, Measure } from './measure.ts';

/**
 * `npm run bench -- <name> [--json]` runs `bench/<name>.bench.ts` and prints its measures as a table, or as one
 * JSON object `{ bench, machine, measures }`. Exits 1 when a goal is missed. Without a name it lists what there is.
 */
const folder = fileURLToPath(new URL('.', import.meta.url));

async function main(args: readonly string[]): Promise<number> {
  const name = args.find((each) => !each.startsWith('-'));
  if (name === undefined || !existsSync(`${folder}${name}.bench.ts`)) return listed(name);
  // Safe: every bench module's default export is a `Bench`; the compiler checks it where it is written.
  const { default: bench } = (await import(`./${name}.bench.ts`)) as { default: Bench };
  const progress = (line: string): void => void process.stderr.write(`${line}\n`);
  const measures = await bench({ progress });
  if (args.includes('--json'))
    console.log(JSON.stringify({ bench: name, machine: machine(), measures }, null, 2));
  else printTable(name, measures);
  return measures.some(({ met }) => met === false) ? 1 : 0;
}

function listed(name: string | undefined): number {
  const names = readdirSync(folder).flatMap((file) => /^(.+)\.bench\.ts$/.exec(file)?.[1] ?? []);
  console.error(`${name === undefined ? 'Which one' : `There is no ${name}`}? There is: ${names.join(', ')}`);
  return 2;
}

function machine(): Readonly<Record<string, unknown>> {
  const [first] = cpus();
  return {
    cpu: first?.model ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    node: process.version,
    kernel: execFileSync('uname', ['-sr'], { encoding: 'utf8' }).trim(),
  };
}

function printTable(name: string, measures: readonly Measure[]): void {
  console.log(`${name}, ${JSON.stringify(machine())}`);
  const rows = measures.map((each) => ({
    measure: each.name,
    value: `${rounded(each.value)} ${each.unit}`,
    peer: each.peer === null ? '' : `${each.peer}: ${rounded(each.peerValue)}`,
    ratio: rounded(each.ratio),
    goal: each.goal ?? '',
    met: each.met === null ? '' : each.met ? 'yes' : 'NO',
  }));
  console.table(rows);
}

function rounded(value: number | null): string {
  return value === null
    ? ''
    : String(Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)));
}

process.exit(await main(process.argv.slice(2)));
