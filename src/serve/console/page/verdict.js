import { isFresh } from './connection.js';
import { age, ms, time } from './format.js';

/**
 * @typedef {import('../console-state.ts').ConsoleState} ConsoleState
 * @typedef {{ level: 'unknown' | 'good' | 'warn' | 'bad', text: string, isOld: boolean }} Verdict
 */

/** So old a reading is no longer news: it is made every 2 s. */
const OLD_SECONDS = 15;

/**
 * The one sentence at the top. What is not known for sure is never called good.
 *
 * @param {import('./connection.js').Link} link
 * @param {number} now
 * @returns {Verdict}
 */
export function verdictOf(link, now) {
  const { state } = link;
  if (state === null)
    return link.isOpen || performance.now() - link.heardAt < 5_000
      ? { level: 'unknown', text: 'Connecting', isOld: true }
      : { level: 'bad', text: 'No connection to the console’s server: nothing is known', isOld: true };
  if (!isFresh(link))
    return old(
      `No connection for ${age((performance.now() - link.heardAt) / 1000)}: this is how it was at ${time(state.at)}`,
    );
  const { status, explanation } = state.readings;
  for (const [name, reading] of /** @type {const} */ ([
    ['status', status],
    ['explain', explanation],
  ])) {
    const seconds = reading.at === null ? null : (now - ms(reading.at)) / 1000;
    if (seconds !== null && seconds > OLD_SECONDS)
      return old(
        `What ${name} says is ${age(seconds)} old${reading.problem === null ? '' : `: ${reading.problem}`}`,
      );
    if (seconds === null && reading.problem !== null)
      return old(`${name} cannot be read: ${reading.problem}`);
    if (seconds === null)
      return { level: 'unknown', text: `Reading ${name} for the first time`, isOld: true };
  }
  return ofState(state);
}

/** @param {string} text @returns {Verdict} */
function old(text) {
  return { level: 'bad', text, isOld: true };
}

/** @param {ConsoleState} state @returns {Verdict} */
function ofState(state) {
  const causes = state.causes ?? [];
  const holding = causes.filter(({ holds }) => holds);
  const [first] = holding;
  const paused = Object.entries(state.tables).filter(([, { pausedSince }]) => pausedSince !== null);
  if (first !== undefined) {
    const more = holding.length > 1 ? ` and ${holding.length - 1} more` : '';
    return { level: 'bad', text: `The watermark is held: ${first.code}${more}`, isOld: false };
  }
  if (state.problems.length > 0)
    return { level: 'bad', text: `Not everything can be read: ${state.problems[0]?.detail}`, isOld: false };
  if (paused.length > 0)
    return {
      level: 'warn',
      text: `Paused by somebody: ${paused.map(([id]) => id).join(', ')}`,
      isOld: false,
    };
  if (causes.length > 0)
    return { level: 'warn', text: `Will hold the watermark if it lasts: ${causes[0]?.code}`, isOld: false };
  return { level: 'good', text: 'Nothing stands in the way', isOld: false };
}
