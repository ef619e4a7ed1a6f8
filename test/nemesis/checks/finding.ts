/** One line of the verdict: what must not be there, and what of it is there. */
export interface Finding {
  /** For example `rows missing`. */
  readonly what: string;
  /** One sentence each; empty when all is well. */
  readonly problems: readonly string[];
}
