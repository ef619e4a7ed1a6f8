/**
 * murmur2 as Kafka's own clients compute it (org.apache.kafka.common.utils.Utils.murmur2), so that a key
 * stands in the same partition whoever wrote it: us, Debezium, or the batch path.
 */
export function murmur2(key: Uint8Array): number {
  const m = 0x5bd1e995;
  const length = key.length;
  let h = 0x9747b28c ^ length;
  const blocks = length & ~3;
  for (let i = 0; i < blocks; i += 4) {
    let k = (key[i]! & 0xff) | (key[i + 1]! << 8) | (key[i + 2]! << 16) | (key[i + 3]! << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    k = Math.imul(k, m);
    h = Math.imul(h, m) ^ k;
  }
  const rest = length & 3;
  if (rest === 3) h ^= key[blocks + 2]! << 16;
  if (rest >= 2) h ^= key[blocks + 1]! << 8;
  if (rest >= 1) {
    h ^= key[blocks]!;
    h = Math.imul(h, m);
  }
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return h ^ (h >>> 15);
}

/** The partition of a key: `toPositive(murmur2(key)) mod count`, Kafka's default for records with a key. */
export function partitionOf(key: Uint8Array, partitionCount: number): number {
  return (murmur2(key) & 0x7fffffff) % partitionCount;
}
