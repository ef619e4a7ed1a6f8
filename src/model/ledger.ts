/** What became of the rows of one seal. Balanced when `received = archived + duplicates + rejected`. */
export interface Ledger {
  readonly received: number;
  readonly archived: number;
  readonly duplicates: number;
  readonly rejected: number;
}

export const EMPTY_LEDGER: Ledger = { received: 0, archived: 0, duplicates: 0, rejected: 0 };

export function isBalanced(ledger: Ledger): boolean {
  return ledger.received === ledger.archived + ledger.duplicates + ledger.rejected;
}

export function addLedgers(a: Ledger, b: Ledger): Ledger {
  return {
    received: a.received + b.received,
    archived: a.archived + b.archived,
    duplicates: a.duplicates + b.duplicates,
    rejected: a.rejected + b.rejected,
  };
}
