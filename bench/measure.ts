/** One figure of a benchmark, with the figure of its peer from the same run where there is one. */
export interface Measure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** Whom it is compared with; null for a figure that stands alone. */
  readonly peer: string | null;
  readonly peerValue: number | null;
  /** `value / peerValue`. */
  readonly ratio: number | null;
  /** What was promised, as a person reads it; null for a figure given for reference. */
  readonly goal: string | null;
  readonly met: boolean | null;
}

/** A `bench/<name>.bench.ts` exports one of these as its default. It cleans up after itself and lasts minutes at most. */
export type Bench = (options: BenchOptions) => Promise<readonly Measure[]>;

export interface BenchOptions {
  /** Says what is going on, on stderr, so that stdout holds the result alone. */
  readonly progress: (line: string) => void;
}

/** What a measure promises: a ratio to its peer, or a value of its own. */
export type Goal =
  | { readonly ratioAtLeast: number }
  | { readonly ratioAtMost: number }
  | { readonly valueAtLeast: number }
  | { readonly valueAtMost: number };

/** Builds a measure; ratio, goal sentence and `met` follow from the rest. */
export function measure(given: {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly peer?: string;
  readonly peerValue?: number;
  readonly goal?: Goal;
}): Measure {
  const { name, value, unit, peer = null, peerValue = null, goal } = given;
  const ratio = peerValue === null ? null : value / peerValue;
  const judged = goal && judge(goal, value, ratio ?? Number.NaN);
  return { name, value, unit, peer, peerValue, ratio, goal: judged?.text ?? null, met: judged?.met ?? null };
}

function judge(goal: Goal, value: number, ratio: number): { readonly text: string; readonly met: boolean } {
  if ('ratioAtLeast' in goal)
    return { text: `≥ ${goal.ratioAtLeast} × peer`, met: ratio >= goal.ratioAtLeast };
  if ('ratioAtMost' in goal) return { text: `≤ ${goal.ratioAtMost} × peer`, met: ratio <= goal.ratioAtMost };
  if ('valueAtLeast' in goal) return { text: `≥ ${goal.valueAtLeast}`, met: value >= goal.valueAtLeast };
  return { text: `≤ ${goal.valueAtMost}`, met: value <= goal.valueAtMost };
}

/** The middle value; the mean of the two middle ones for an even count. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? upper)) / 2;
}

/**
 * Value and peer's value of the round whose ratio is the middle one. Both are of one moment of the machine, so its slower and
 * faster minutes, which are often further apart than the contenders, fall out.
 */
export function middleRound(
  values: readonly number[],
  peerValues: readonly number[],
): { readonly value: number; readonly peerValue: number } {
  const rounds = values
    .map((value, round) => ({ value, peerValue: peerValues[round] ?? Number.NaN }))
    .sort((a, b) => a.value / a.peerValue - b.value / b.peerValue);
  return rounds[Math.floor(rounds.length / 2)] ?? { value: Number.NaN, peerValue: Number.NaN };
}

/**
 * Runs every contender once a round, in turning order, so that what else the machine does hits all alike.
 * Answers each contender's figures by name, one a round.
 */
export async function interleaved<Figure>(
  rounds: number,
  contenders: Readonly<Record<string, () => Promise<Figure>>>,
): Promise<ReadonlyMap<string, readonly Figure[]>> {
  const names = Object.keys(contenders);
  const figures = new Map<string, Figure[]>(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round += 1) {
    const turned = [...names.slice(round % names.length), ...names.slice(0, round % names.length)];
    for (const name of turned) {
      const run = contenders[name];
      if (run) figures.get(name)?.push(await run());
    }
  }
  return figures;
}
