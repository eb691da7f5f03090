/**
 * What kinds of work cost, a unit being about a nanosecond where they were weighed: the times of a thousand texts, made up,
 * bred to be slow and real ones, laid out over what was counted while they were judged (DECISIONS.md).
 */
export const cost = {
  /** Of each byte that was looked at for suspicion, and of each mark among them. */
  suspicion: 3,
  mark: 20,
  /** Of each character of a text of nothing but marks: of another reading, and for each detector. Of prose it is a third: `densityOf`. */
  reading: 12,
  xss: 9,
  sql: 8,
  shell: 8,
  /** Of each `<`, of each tag that is read and each of its attributes, and of each name or value of one that is looked at closely. */
  opening: 10,
  tag: 90,
  attribute: 20,
  look: 250,
  /** Of each place where SQL may go on, and of a unit of what following it takes. */
  anchor: 30,
  sqlStep: 16,
  /** Of each separator of a shell, of each word behind one, and of each command. */
  separator: 40,
  word: 140,
  command: 400,
} as const;

/** What judging a value has cost: all its readings share what its length allows. */
export interface Spent {
  /** Left of the whole, in the units of {@link cost}. */
  left: number;
  /** What a character costs here, of what it costs where all are marks. */
  density: number;
  /** Of the reading that is looked at, or that a piece was cut out of. */
  length: number;
  separators: number;
  sql: number;
  /** Whether a program or a document asked for more: that is told, and not refused. */
  isOver: boolean;
}

/** Marks are what takes work: letters and blanks are stepped over. */
export function densityOf(marks: number, bytes: number): number {
  return bytes === 0 ? 1 : 1 / 3 + (2 / 3) * Math.min(1, marks / bytes);
}

/** So that 64 KiB take no five milliseconds, with room for what the units say too little of; what a short value can hold always fits. */
const unitsPerCharacter = 40;
const unitsForAny = 500_000;

export const nothingSpent = ({ length }: string): Spent => ({
  left: unitsPerCharacter * length + unitsForAny,
  density: 1,
  length,
  separators: 0,
  sql: 0,
  isOver: false,
});
