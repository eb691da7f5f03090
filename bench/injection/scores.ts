import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { judge } from '../../plugins/injection-filter/judge.ts';
import { encodings, inSentence, seedOf, type Row } from './evasions.ts';

const shared = fileURLToPath(new URL('../../../shared/', import.meta.url));
const scorer = `${shared}tools/injection-score.mjs`;
const data = process.env['INJECTION_DATA'] ?? `${shared}data/injection/dev.jsonl`;

interface Group {
  readonly key: string;
  readonly rate: number;
}

/** What the scorer prints with `--json`, as far as it is used. */
interface Scores {
  readonly overall: { readonly tpr: number; readonly fpr: number; readonly balanced_accuracy: number };
  readonly classes: readonly Group[];
  readonly tiers: readonly Group[];
}

/** False in a clone without the labelled data and its scorer, which are not part of the repository. */
export function hasData(): boolean {
  return existsSync(scorer) && existsSync(data);
}

/** Sends every labelled row as a real HTTP request; rates in percent by class and tier. */
export async function score(url: string): Promise<Readonly<Record<string, number>>> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [scorer, '--url', url, '--data', data, '--json'],
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  );
  // Safe: the scorer's own output; a missing group shows as NaN below.
  const { overall, classes, tiers } = JSON.parse(stdout) as Scores;
  const rate = (groups: readonly Group[], key: string): number =>
    100 * (groups.find((each) => each.key === key)?.rate ?? Number.NaN);
  return {
    sqli: rate(classes, 'sqli'),
    xss: rate(classes, 'xss'),
    command: rate(classes, 'cmdi'),
    attacks: 100 * overall.tpr,
    benign: 100 * overall.fpr,
    text: rate(tiers, 'benign|text'),
    prompts: rate(tiers, 'benign|prompt'),
    code: rate(tiers, 'benign|code'),
    'balanced accuracy': 100 * overall.balanced_accuracy,
  };
}

/** Attacks of the data re-encoded in every way, and put inside a sentence: percent caught of each. */
export function evasionScores(): Readonly<Record<string, number>> {
  const rows = readFileSync(data, 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Row);
  const attacks = rows.filter((row) => row.class !== 'benign');
  const figures: Record<string, number> = {};
  let [tried, seen] = [0, 0];
  for (const { name, classes, apply } of encodings) {
    const values = attacks
      .filter((row) => classes.includes(row.class))
      .map((row) => apply(row.value, seedOf(row.id)));
    const caught = values.filter(isCaught).length;
    figures[name] = (100 * caught) / values.length;
    tried += values.length;
    seen += caught;
  }
  const embedded = attacks.map((row) => inSentence(row.value, seedOf(row.id)));
  return {
    ...figures,
    're-encoded': (100 * seen) / tried,
    'in a sentence': (100 * embedded.filter(isCaught).length) / embedded.length,
  };
}

function isCaught(value: string): boolean {
  const found = judge(value);
  return found !== null && !found.isReportedOnly;
}
