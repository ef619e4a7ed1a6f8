/**
 * Passes each item on when the next one has come or the source has ended well: of a source that fails at its end, as
 * one does whose digest differs, the last item is never seen.
 */
export async function* holdBack<T>(source: AsyncIterable<T>): AsyncGenerator<T, void> {
  let held: { readonly item: T } | undefined;
  for await (const item of source) {
    if (held !== undefined) yield held.item;
    held = { item };
  }
  if (held !== undefined) yield held.item;
}
