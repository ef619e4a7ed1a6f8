/**
 * @typedef {import('../console-state.ts').ConsoleState} ConsoleState
 * @typedef {{ state: ConsoleState | null, isOpen: boolean, heardAt: number, serverAhead: number }} Link
 */

/** The server beats every 5 s: after three that did not come something is wrong, whatever the browser thinks. */
const SILENT_MS = 15_000;
const OPEN_AGAIN_MS = 5_000;

/**
 * Follows the state. The browser itself connects again after a loss and says what it saw last; what the server refuses it
 * gives up, and then this tries again.
 *
 * @param {() => void} onChange
 * @returns {Link}
 */
export function followState(onChange) {
  /** @type {Link} */
  const link = { state: null, isOpen: false, heardAt: performance.now(), serverAhead: 0 };
  const heard = () => {
    link.isOpen = true;
    link.heardAt = performance.now();
  };
  /** @param {ConsoleState} state */
  const take = (state) => {
    heard();
    link.state = state;
    link.serverAhead = Date.parse(state.at) - Date.now();
    onChange();
  };
  const open = () => {
    const source = new EventSource('events');
    source.addEventListener('state', (event) => take(JSON.parse(event.data)));
    source.addEventListener('change', (event) => {
      if (link.state !== null) take(withChange(link.state, JSON.parse(event.data)));
    });
    source.addEventListener('beat', () => {
      heard();
      onChange();
    });
    source.addEventListener('error', () => {
      link.isOpen = false;
      onChange();
      if (source.readyState === EventSource.CLOSED) setTimeout(open, OPEN_AGAIN_MS);
    });
  };
  open();
  return link;
}

/**
 * The state with the fields of a change in it; lists are replaced whole.
 *
 * @template {object} T
 * @param {T} state
 * @param {Record<string, unknown>} change
 * @returns {T}
 */
function withChange(state, change) {
  /** @type {Record<string, unknown>} */
  const next = { .../** @type {Record<string, unknown>} */ (state) };
  for (const [key, value] of Object.entries(change)) {
    const old = next[key];
    next[key] = isTree(old) && isTree(value) ? withChange(old, value) : value;
  }
  return /** @type {T} */ (next);
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isTree(value) {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/**
 * The server's clock. While nothing is heard it stands: ages that grow by themselves would look like news.
 *
 * @param {Link} link
 */
export function serverNow(link) {
  const heardAt = Date.now() - (performance.now() - link.heardAt);
  return (isFresh(link) ? Date.now() : heardAt) + link.serverAhead;
}

/** @param {Link} link */
export function isFresh(link) {
  return link.isOpen && performance.now() - link.heardAt < SILENT_MS;
}
