/** A position in Postgres's write-ahead log: bytes since the cluster began. Text form `16/B374D848`. */
export type Lsn = bigint & { readonly __unit: 'Lsn' };

/** Fixed 64-bit value as the replication protocol sends it. */
export function lsn(value: bigint): Lsn {
  return value as Lsn;
}

export const LSN_ZERO = lsn(0n);

/** @throws SyntaxError when the text is not `hex/hex`. */
export function parseLsn(text: string): Lsn {
  const m = /^([0-9A-Fa-f]{1,8})\/([0-9A-Fa-f]{1,8})$/.exec(text);
  if (m === null) throw new SyntaxError(`not an LSN: ${JSON.stringify(text)}`);
  return ((BigInt(`0x${m[1]}`) << 32n) | BigInt(`0x${m[2]}`)) as Lsn;
}

export function formatLsn(value: Lsn): string {
  return `${(value >> 32n).toString(16).toUpperCase()}/${(value & 0xffffffffn).toString(16).toUpperCase()}`;
}
