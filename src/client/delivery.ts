/** Something that a subscriber is to work on. */
export interface Delivery<T> {
  /** What it is about. */
  readonly value: T;
  /**
   * Where the stream stands once this is done. A subscriber that stores it in one step with its own result, and gives it
   * back as `resumeAfter`, gets each delivery exactly once, whatever dies in between.
   */
  readonly position: string;
  /**
   * Says that the work is done: after a restart the stream goes on behind it. Resolves when that is committed; until then
   * a crash brings the delivery once more. The next delivery does not wait for it to resolve. Calling it again changes nothing.
   *
   * @throws TidemarkError ERR_FENCED when another subscriber of the group has taken over and will get this delivery too.
   */
  readonly done: () => Promise<void>;
}
