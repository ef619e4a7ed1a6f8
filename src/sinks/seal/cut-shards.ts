/** Rows of a seal as they go into shards; parallel arrays. */
export interface CutRows {
  /** Positions in the seal's rows. */
  readonly positions: Uint32Array;
  /** Of each row's line with its end. */
  readonly lineBytes: Float64Array;
  /** Of each row's file; zeros with `payload: row`. */
  readonly fileBytes: Float64Array;
}

export interface ShardLimits {
  /** Source bytes, lines and files together; a single row may exceed it. */
  readonly bytesMax: number;
  /** Files, or with `payload: row` rows. */
  readonly filesMax: number;
}

/** Cuts rows into shards in their order: a shard closes before the row that would pass a limit. */
export function* cutShards(rows: CutRows, limits: ShardLimits): Generator<{ from: number; to: number }> {
  let from = 0;
  let bytes = 0;
  for (let i = 0; i < rows.positions.length; i++) {
    const row = rows.lineBytes[i]! + rows.fileBytes[i]!;
    if (i > from && (bytes + row > limits.bytesMax || i - from >= limits.filesMax)) {
      yield { from, to: i };
      from = i;
      bytes = 0;
    }
    bytes += row;
  }
  if (rows.positions.length > from) yield { from, to: rows.positions.length };
}

/** The rows of one cut, as views. */
export function sliceRows(rows: CutRows, from: number, to: number): CutRows {
  return {
    positions: rows.positions.subarray(from, to),
    lineBytes: rows.lineBytes.subarray(from, to),
    fileBytes: rows.fileBytes.subarray(from, to),
  };
}
