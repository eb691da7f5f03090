/** A column or expression of one relation that an index can hold. */
export interface Key {
  /** Unquoted; null for an expression. */
  readonly column: string | null;
  /** As it stands in CREATE INDEX. */
  readonly sql: string;
  /** `pg_type.typcategory` of the column; null for an expression. */
  readonly category: string | null;
  readonly type: string | null;
}

/** What a statement asks of one relation's rows. */
export interface Condition {
  readonly kind:
    | 'equal'
    /** Equal to one of several. */
    | 'in'
    /** Equal to a column of another relation. */
    | 'join'
    | 'range'
    | 'prefix'
    /** A pattern a trigram index serves. */
    | 'pattern'
    /** Containment, existence and overlap: GIN. */
    | 'contains'
    /** Overlap and containment of ranges: GiST. */
    | 'overlap'
    | 'null'
    /** Only good as the condition of a partial index. */
    | 'other';
  readonly key: Key | null;
  /** For `contains`: the operator. */
  readonly operator: string;
  /** The condition without parameters, as a partial index could have it; null when it has any. */
  readonly predicate: string | null;
  /** Arms of an OR are told apart by number; null for what always holds. */
  readonly arm: number | null;
  /** For `join`: the alias of the other side. */
  readonly other: string | null;
}

/** An order in which rows are wanted, all of one relation. */
export interface Order {
  readonly keys: readonly {
    readonly key: Key;
    readonly isDescending: boolean;
    readonly nulls: 'FIRST' | 'LAST' | null;
  }[];
}
