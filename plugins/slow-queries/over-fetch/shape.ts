import type { SentKeys } from './names.ts';

/** A column of one fingerprint's result, and whether any reply ever had a key for it. */
interface Column {
  readonly name: string;
  bytes: number;
  isSent: boolean;
}

/** What is said of a statement that reads more than its replies send. */
export interface Unsent {
  /** Mean bytes of one row, and of each column that no reply carried and that weighs something. */
  readonly rowBytes: number;
  readonly columns: readonly { readonly name: string; readonly bytes: number }[];
  readonly allColumns: readonly string[];
}

/** A narrower column saves next to nothing, and is likelier to be used by code than sent. */
const leastColumnBytes = 16;
const leastColumnShare = 0.03;
/** Columns of which this many were carried show that a reply was made of the rows; one may be chance, unless there are few. */
const leastCarried = 2;
const fewColumns = 3;

/** The columns of one fingerprint over what was seen of it. */
export class ShapeColumns {
  readonly text: string;
  #columns: readonly Column[];
  #rows = 0;

  constructor(text: string, names: readonly string[]) {
    this.text = text;
    this.#columns = names.map((name) => ({ name, bytes: 0, isSent: false }));
  }

  /** False when these are other columns than before: the table was changed. */
  isOf(columns: readonly { readonly name: string }[]): boolean {
    return (
      columns.length === this.#columns.length &&
      columns.every(({ name }, place) => this.#columns[place]?.name === name)
    );
  }

  measured(rows: number, columns: readonly { readonly bytes: number }[]): void {
    this.#rows += rows;
    for (const [place, column] of this.#columns.entries()) column.bytes += columns[place]?.bytes ?? 0;
  }

  get rowBytes(): number {
    return this.#rows === 0 ? 0 : this.#columns.reduce((sum, { bytes }) => sum + bytes, 0) / this.#rows;
  }

  /** Remembers what a reply carried; false when too little of it for the reply to be made of these rows. */
  sent(keys: SentKeys): boolean {
    const carried = this.#columns.filter(({ name }) => keys.carry(name));
    // Every reply has an id.
    const isTelling = carried.some(({ name }) => name.toLowerCase() !== 'id');
    const least = this.#columns.length > fewColumns ? leastCarried : 1;
    if (!isTelling || carried.length < least) return false;
    for (const column of carried) column.isSent = true;
    return true;
  }

  /** Columns that no reply carried so far. */
  unsent(): Unsent {
    const { rowBytes } = this;
    const columns = this.#columns
      .filter(({ isSent }) => !isSent)
      .map(({ name, bytes }) => ({ name, bytes: bytes / Math.max(1, this.#rows) }))
      .filter(({ bytes }) => bytes >= Math.max(leastColumnBytes, rowBytes * leastColumnShare));
    return { rowBytes, columns, allColumns: this.#columns.map(({ name }) => name) };
  }
}
