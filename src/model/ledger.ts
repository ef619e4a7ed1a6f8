/** What became of the rows of one seal. Balanced when `received = archived + duplicates + rejected`. */
export interface Ledger {
  readonly received: number;
  readonly archived: number;
  readonly duplicates: number;
  readonly rejected: number;
}

export function isBalanced(ledger: Ledger): boolean {
  return ledger.received === ledger.archived + ledger.duplicates + ledger.rejected;
}
