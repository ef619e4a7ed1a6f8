/** A screen reader is told of a new verdict, and not again before it has been heard to its end. */
const QUIET_MS = 5_000;
/** As format.js writes ages. */
const AGES = /\d+ (s|min|h|d)( \d+ (s|min|h))?/g;

/**
 * Decides when the verdict is said aloud: when it says something else, not when an age in it grows.
 *
 * @param {(text: string) => void} say
 * @returns {(text: string, nowMs: number) => void}
 */
export function createAnnouncer(say) {
  let [said, saidAt] = ['', -QUIET_MS];
  return (text, nowMs) => {
    const meaning = text.replace(AGES, 'some time');
    if (meaning === said || nowMs - saidAt < QUIET_MS) return;
    [said, saidAt] = [meaning, nowMs];
    say(text);
  };
}
