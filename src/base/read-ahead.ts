/**
 * Asks for the next item while the one at hand is worked on, one ahead and no further.
 *
 * Ended early it waits for the item under way, then ends the source.
 *
 * @throws what the source throws, in its turn.
 */
export async function* readAhead<T>(source: AsyncGenerator<T, void>): AsyncGenerator<T, void> {
  let next = source.next();
  try {
    for (;;) {
      const item = await next;
      if (item.done === true) return;
      next = source.next();
      // Told in its turn, or to nobody when it was ended before.
      next.catch(() => undefined);
      yield item.value;
    }
  } finally {
    await source.return();
  }
}
