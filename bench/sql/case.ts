/** A workload of a benchmark: a schema with rows, and queries of which a person says what would help them. */
export interface IndexWorkload {
  readonly name: string;
  /** Creates and fills everything, the same each time. */
  readonly setup: readonly string[];
  readonly queries: readonly IndexQuery[];
}

export interface IndexQuery {
  readonly name: string;
  readonly sql: string;
  /** The best indexes a person found; none for a control, which no index helps. */
  readonly oracle: readonly string[];
}
