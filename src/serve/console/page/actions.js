import { ask, askToken } from './dialog.js';
import { byId, el, fillFrom } from './dom.js';

/**
 * @typedef {import('../console-state.ts').ConsoleState} ConsoleState
 * @typedef {import('../console-state.ts').TableState} TableState
 * @typedef {import('../console-actions.ts').ActionResult} ActionResult
 */

/** Only in the memory of this page: closing it forgets it. @type {string | null} */
let token = null;

/** Shows the button that takes a token where one can do anything. @param {ConsoleState} state */
export function showTokenButton({ actions }) {
  const button = byId('token');
  button.hidden = !actions.retry && !actions.replay && !actions.pause;
  button.onclick = async () => {
    token = token === null ? await askToken() : null;
    button.textContent = token === null ? 'Enter token' : 'Forget token';
  };
}

/** @param {string} id */
export function createActions(id) {
  const root = el('div', { class: 'actions' });
  /** @param {ConsoleState['actions']} actions @param {TableState} table */
  const show = (actions, { pausedSince, watermark }) => {
    const isPaused = pausedSince !== null;
    fillFrom(root, [token !== null, actions, isPaused], () => {
      if (token === null) return [];
      return [
        ...(actions.pause ? [isPaused ? resumeButton(id) : pauseButton(id)] : []),
        ...(actions.retry ? [retryButton(id)] : []),
        ...(actions.replay ? [replayButton(id, watermark)] : []),
      ];
    });
  };
  return { root, show };
}

/** @param {string} id */
function pauseButton(id) {
  return button('Pause', {
    title: `Pause ${id}?`,
    text: [
      `This process takes no more rows of ${id}: what is under way is finished, then its partitions here stand still. Their rows wait in Kafka, for as long as its retention keeps them, and the watermark of the table stands.`,
      'Other archive processes go on with their partitions. A pause does not outlive this process.',
    ],
    ok: 'Pause',
    act: () => post('pause', { table: id, isPaused: true }),
  });
}

/** @param {string} id */
function resumeButton(id) {
  return button('Go on', {
    title: `Let ${id} go on?`,
    text: [`This process archives ${id} again, from where it stopped.`],
    ok: 'Go on',
    act: () => post('pause', { table: id, isPaused: false }),
  });
}

/** @param {string} id */
function retryButton(id) {
  return button('Retry rejects', {
    title: `Retry the rejects of ${id}?`,
    text: [
      `Every open reject of ${id} is sent to its partition once more, from the log, or past its retention from the table: as tidemark rejects --retry --all does it.`,
      'They arrive as supplements of their windows. What still cannot be archived is rejected again. Safe to repeat.',
    ],
    ok: 'Send again',
    act: () => post('retry-rejects', { table: id }),
  });
}

/** @param {string} id @param {string | null} watermark */
function replayButton(id, watermark) {
  const window = el('input', { name: 'window', required: '', value: watermark ?? '', autocomplete: 'off' });
  const restore = el('input', { name: 'restore', type: 'checkbox' });
  return button('Replay a window', {
    title: `Replay a window of ${id}?`,
    text: [
      'The window is gathered again from the log, or past retention from the table, packed, and compared with its shards: as tidemark replay does it. It reads all of its rows and files, and nothing is written but what you tick below.',
    ],
    fields: [
      el('label', {}, 'A time within the window (ISO 8601)', window),
      el('label', {}, restore, ' Put shards back that are missing or damaged'),
    ],
    ok: 'Replay',
    act: () => post('replay', { table: id, window: window.value, restore: restore.checked }),
  });
}

/** @param {string} name @param {Parameters<typeof ask>[0]} question */
function button(name, question) {
  const made = el('button', { type: 'button' }, name);
  made.addEventListener('click', () => void ask(question));
  return made;
}

/** @param {string} action @param {object} body @returns {Promise<ActionResult>} */
async function post(action, body) {
  const response = await fetch(`actions/${action}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const answer = await response.json();
  if (response.ok) return answer;
  return {
    ok: false,
    lines: [`${answer.code ?? response.status}: ${answer.detail}`, `What to do: ${answer.remedy}`],
  };
}
