import type { StatementSeen } from './trace.ts';

/**
 * What a value is for in a statement. `key`: compared with `=`; `list`: one of many (`IN`, `= ANY`); `range`: compared with `<` or `>`;
 * `page`: of LIMIT or OFFSET; `inserted`, `assigned`: written; `argument`: of a function; `other`: anything else.
 */
export type Use = 'key' | 'list' | 'range' | 'page' | 'inserted' | 'assigned' | 'argument' | 'other';

/** One place of a statement that holds a value, or a list of them, bound or written into the text. */
export interface Slot {
  use: Use;
  /** What it is compared with, as it is written: `a."id"`; empty when that is no column. */
  column: string;
  /** More than one only in lists. */
  readonly values: (string | null)[];
  /** Where the value stands in the text without comments. */
  readonly start: number;
  readonly end: number;
}

const commentPattern = /('(?:[^']|'')*'|"(?:[^"]|"")*")|\/\*[\s\S]{0,4096}?\*\/|--[^\n]*/g;

/** The text without comments: what instrumentation appends there differs each time. What is quoted stays. */
export function withoutComments(text: string): string {
  return text.replace(commentPattern, (_, quoted?: string) => quoted ?? ' ').trim();
}

/**
 * PostgreSQL manual §4.1, as far as values, names and structure must be told apart. What may be left open is looked for
 * within a bound, so that a hostile text costs no more than its length.
 */
const tokenPattern =
  /(?<text>[eE]'(?:[^'\\]|''|\\[\s\S])*'|[nNbBxX]?'(?:[^']|'')*'|\$(?<tag>\w{0,20})\$[\s\S]{0,1000}?\$\k<tag>\$)|(?<name>"(?:[^"]|"")*")|\$(?<parameter>\d+)|(?<number>\d[\w.]*)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<operator>->>?|#>>?|@>|<@|&&|\|\||\?[|&]?|[<>=!~]+)|(?<symbol>::|[^\s\w])/g;

/** The values of a statement in the order in which they stand there. Rows of VALUES after the first are left out. */
export function slotsOf({ text, parameters }: Pick<StatementSeen, 'text' | 'parameters'>): readonly Slot[] {
  const reader = new SlotReader(parameters);
  const plain = withoutComments(text);
  for (const match of plain.matchAll(tokenPattern)) reader.take(match);
  return reader.slots;
}

/** What an opening parenthesis belongs to: the values in it are used as this says. */
interface Group {
  readonly use: Use | null;
  readonly column: string;
  readonly list: Slot | null;
  readonly isRows: boolean;
}

const wholeText: Group = { use: null, column: '', list: null, isRows: false };

const useOfWord: Readonly<Record<string, Use>> = {
  limit: 'page',
  offset: 'page',
  first: 'page',
  next: 'page',
  between: 'range',
  like: 'key',
  ilike: 'key',
  in: 'list',
  any: 'list',
};

/** Words after which a parenthesis is no call of a function. */
const noFunction =
  /^(?:and|or|not|where|on|having|select|from|join|exists|as|when|then|else|by|union|all|except|intersect|returning|using|with|case|set|returns|lateral|distinct|values|into)$/;

class SlotReader {
  readonly slots: Slot[] = [];
  readonly #parameters: StatementSeen['parameters'];
  #groups: Group[] = [wholeText];
  /** How the next value is used, and what it is compared with. */
  #use: Use | null = null;
  #column = '';
  /** The name read last, with its qualifiers. */
  #name = '';
  #isName = false;
  #lastWord = '';
  #isAssigning = false;
  #rowsSeen = 0;
  #afterValues = false;
  #isAfterDot = false;
  /** Values of `BETWEEN a AND b` that are still to come. */
  #ends = 0;
  /** A value that was just read and may turn out to stand on the left: `7 = a.id`. */
  #left: Slot | null = null;

  constructor(parameters: StatementSeen['parameters']) {
    this.#parameters = parameters;
  }

  take(match: RegExpMatchArray): void {
    const { text, name, parameter, number, word, operator, symbol } = match.groups ?? {};
    const start = match.index ?? 0;
    const end = start + match[0].length;
    if (parameter !== undefined) this.#value(this.#parameters[Number(parameter) - 1] ?? null, start, end);
    else if (text !== undefined || number !== undefined) this.#value(match[0], start, end);
    else if (name !== undefined) this.#named(name);
    else if (word !== undefined) this.#word(word);
    else if (operator !== undefined) this.#operator(operator);
    else if (symbol !== undefined) this.#symbol(symbol);
  }

  get #group(): Group {
    return this.#groups.at(-1) ?? wholeText;
  }

  #named(name: string): void {
    const isColumn = this.#left?.use === 'key' && (this.#left.column === '' || this.#isAfterDot);
    this.#name = this.#isAfterDot ? `${this.#name}.${name}` : name;
    this.#isAfterDot = false;
    this.#isName = true;
    if (this.#left && isColumn) this.#left.column = this.#name;
  }

  #word(word: string): void {
    const lower = word.toLowerCase();
    // `b NOT IN (…)`: the column is the name before.
    if (lower === 'not') return;
    const use = useOfWord[lower];
    if (noFunction.test(lower)) this.#left = null;
    if (this.#afterValues && !this.#isInRow) this.#afterValues = false;
    if (use !== undefined && !this.#isAfterDot) {
      // `a BETWEEN`, `a IN`: the column is the name before; of `= ANY (…)` it was told by the operator.
      if (!(lower === 'any' && this.#use !== null)) this.#column = this.#isName ? this.#name : this.#column;
      this.#use = use;
      this.#ends = lower === 'between' ? 2 : 0;
    } else if (lower === 'set') this.#isAssigning = true;
    else if (lower === 'where' || lower === 'returning' || lower === 'from') this.#isAssigning = false;
    else if (lower === 'values') this.#startRows();
    else if (noFunction.test(lower) && this.#ends === 0) this.#use = null;
    this.#lastWord = lower;
    this.#named(word);
  }

  get #isInRow(): boolean {
    return this.#groups.some(({ isRows }) => isRows);
  }

  #startRows(): void {
    this.#afterValues = true;
    this.#rowsSeen = 0;
  }

  #operator(operator: string): void {
    this.#column = this.#isName ? this.#name : '';
    this.#use = this.#isAssigning && operator === '=' ? 'assigned' : useOfOperator(operator);
    if (this.#left) this.#left.use = this.#use;
    this.#isName = false;
  }

  #symbol(symbol: string): void {
    if (symbol === '.') {
      this.#isAfterDot = true;
      return;
    }
    if (symbol === '(' || symbol === '[') this.#open();
    else if (symbol === ')' || symbol === ']') this.#close();
    else if (symbol === ',') this.#comma();
    else if (symbol === ';') this.#reset();
    if (symbol !== '-' && symbol !== '::' && symbol !== '+') this.#isName = false;
    if (symbol !== '::') this.#left = null;
  }

  #open(): void {
    const isRow = this.#afterValues && !this.#isInRow;
    const isCall = this.#isName && this.#use === null && !noFunction.test(this.#lastWord);
    const { list } = this.#group;
    if (isRow) this.#groups.push({ use: 'inserted', column: '', list: null, isRows: true });
    else if (this.#use === 'list') this.#groups.push(this.#listGroup());
    else if (list !== null) this.#groups.push(this.#group);
    else
      this.#groups.push({
        use: this.#use ?? (this.#isInRow ? 'inserted' : isCall ? 'argument' : null),
        column: this.#column,
        list: null,
        isRows: false,
      });
    this.#use = null;
  }

  #listGroup(): Group {
    const list: Slot = { use: 'list', column: this.#column, values: [], start: -1, end: -1 };
    return { use: 'list', column: this.#column, list, isRows: false };
  }

  #close(): void {
    const closed = this.#groups.length > 1 ? this.#groups.pop() : undefined;
    if (closed?.isRows) this.#rowsSeen += 1;
    this.#use = null;
  }

  #comma(): void {
    if (this.#group.use === null) this.#use = null;
    if (this.#groups.length === 1 && !this.#afterValues) this.#use = null;
  }

  #reset(): void {
    this.#groups = [wholeText];
    this.#use = null;
    this.#isAssigning = false;
    this.#afterValues = false;
  }

  #value(value: string | null, start: number, end: number): void {
    const group = this.#group;
    if (this.#isInRow && this.#rowsSeen > 0) return;
    if (group.list !== null) return this.#listed(group.list, value, start, end);
    // `id >= (SELECT id FROM t WHERE key = $1)`: the key says where the range begins.
    const isInRange = this.#groups.some((each) => each.use === 'range');
    const use = isInRange ? 'range' : (this.#use ?? group.use ?? 'other');
    const column = this.#use === null ? group.column : this.#column;
    const slot: Slot = { use, column, values: [value], start, end };
    this.slots.push(slot);
    this.#left = use === 'other' && this.#use === null ? slot : null;
    this.#ends = Math.max(0, this.#ends - 1);
    if (this.#ends === 0) this.#use = null;
    this.#isName = false;
  }

  #listed(list: Slot, value: string | null, start: number, end: number): void {
    const items = itemsOfArray(value);
    if (list.values.length === 0) this.slots.push({ ...list, values: list.values, start, end });
    list.values.push(...items);
    this.#isName = false;
  }
}

function useOfOperator(operator: string): Use {
  if (/^[<>]=?$/.test(operator)) return 'range';
  // Parts of a document, joined texts, and all rows but one choose nothing.
  return /^(?:->>?|#>>?|\|\||<>|!=)$/.test(operator) ? 'other' : 'key';
}

/** `{1,2,3}` is an array as PostgreSQL writes it; anything else is one value. */
function itemsOfArray(value: string | null): readonly (string | null)[] {
  const inner = value === null ? undefined : /^'?\{([\s\S]*?)\}?'?$/.exec(value)?.[1];
  return inner === undefined || inner.startsWith('"') ? [value] : inner.split(',');
}
