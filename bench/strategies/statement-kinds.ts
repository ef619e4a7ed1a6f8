/** What a statement is to the comparison. */
export const STATEMENT_KINDS = ['selectFiles', 'updateFiles', 'updateWatermark', 'other'] as const;
export type StatementKind = (typeof STATEMENT_KINDS)[number];

/** A row of pg_stat_statements. */
export interface StatementStats {
  readonly query: string;
  readonly calls: number;
  /** In the server, without the way there and back and without the commit. */
  readonly ms: number;
  readonly rows: number;
  readonly walBytes: number;
  /** Whole pages in the WAL: the first change of a page after a checkpoint, or a hint bit with checksums on. */
  readonly walPageImages: number;
}

export type StatementCost = Omit<StatementStats, 'query'>;
export type StatementCosts = Readonly<Record<StatementKind, StatementCost>>;

const NOTHING: StatementCost = { calls: 0, ms: 0, rows: 0, walBytes: 0, walPageImages: 0 };

export function statementKind(query: string): StatementKind {
  const text = query.replace(/"/g, '').replace(/\s+/g, ' ').trim();
  if (/^UPDATE .*\bdes_archive_config\b/i.test(text)) return 'updateWatermark';
  if (/\bUPDATE (?:ONLY )?(?:public\.)?files\b/i.test(text)) return 'updateFiles';
  // What reads a cursor names no table; nothing else here reads by cursors.
  if (/^FETCH\b/i.test(text)) return 'selectFiles';
  if (/^(SELECT|WITH|COPY|DECLARE)\b.*\bFROM (?:ONLY )?(?:public\.)?files\b/i.test(text))
    return 'selectFiles';
  return 'other';
}

export function sumByKind(statements: readonly StatementStats[]): StatementCosts {
  const costOf = (kind: StatementKind): StatementCost =>
    statements.filter(({ query }) => statementKind(query) === kind).reduce<StatementCost>(add, NOTHING);
  return {
    selectFiles: costOf('selectFiles'),
    updateFiles: costOf('updateFiles'),
    updateWatermark: costOf('updateWatermark'),
    other: costOf('other'),
  };
}

function add(sum: StatementCost, one: StatementCost): StatementCost {
  return {
    calls: sum.calls + one.calls,
    ms: sum.ms + one.ms,
    rows: sum.rows + one.rows,
    walBytes: sum.walBytes + one.walBytes,
    walPageImages: sum.walPageImages + one.walPageImages,
  };
}
