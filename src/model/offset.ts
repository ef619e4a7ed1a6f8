/** A position in one Kafka partition. Transaction markers use offsets too: neighbours are not always one apart. */
export type Offset = number & { readonly __unit: 'Offset' };

/** Of what stands in no log: a row that is read from its table. */
export const NOWHERE = 0 as Offset;

/** @throws RangeError when it is not a whole number from 0 up to 2^53 − 1. */
export function offset(value: number | string | bigint): Offset {
  const n = Number(value);
  if (!Number.isSafeInteger(n) || n < 0) throw new RangeError(`not a Kafka offset: ${value}`);
  return n as Offset;
}
