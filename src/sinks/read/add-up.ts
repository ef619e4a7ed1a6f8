/** Makes of lengths, end to end, where each ends. */
export function addUp(lengths: Uint32Array): void {
  for (let i = 1; i < lengths.length; i++) lengths[i]! += lengths[i - 1]!;
}
