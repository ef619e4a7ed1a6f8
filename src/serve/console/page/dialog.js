import { byId, el, setText } from './dom.js';

/** @typedef {import('../console-actions.ts').ActionResult} ActionResult */

const dialog = /** @type {HTMLDialogElement} */ (byId('dialog'));
const form = /** @type {HTMLFormElement} */ (byId('dialog-form'));
const ok = /** @type {HTMLButtonElement} */ (byId('dialog-ok'));
const cancel = /** @type {HTMLButtonElement} */ (byId('dialog-cancel'));

cancel.addEventListener('click', () => dialog.close());

/**
 * Says what will happen, does it when that is confirmed, and says what came of it. Escape and Cancel do nothing.
 *
 * @param {{ title: string, text: string[], fields?: Node[], ok: string, act: () => Promise<ActionResult> }} question
 */
export async function ask(question) {
  open(question);
  if (!(await answered())) return;
  ok.disabled = true;
  setText(byId('dialog-outcome'), 'Under way …');
  let result;
  try {
    result = await question.act();
  } catch (error) {
    result = {
      ok: false,
      lines: [
        `The console’s server did not answer: ${String(error)}. Look at what became of it before you repeat it.`,
      ],
    };
  }
  const lines = result.lines.map((line) => el('p', { class: result.ok ? '' : 'bad-text' }, line));
  byId('dialog-outcome').replaceChildren(...lines);
  ok.hidden = true;
  setText(cancel, 'Close');
  cancel.focus();
}

/** @returns {Promise<string | null>} null when none was given */
export async function askToken() {
  const field = el('input', { type: 'password', name: 'token', required: '', autocomplete: 'off' });
  open({
    title: 'Enter a token',
    text: [
      'With it this page can retry rejects, replay windows and pause tables. It stays in the memory of this page alone.',
    ],
    fields: [el('label', {}, 'Token', field)],
    ok: 'Use it',
  });
  const isGiven = await answered();
  dialog.close();
  return isGiven ? field.value.trim() : null;
}

/** @param {{ title: string, text: string[], fields?: Node[], ok: string }} question */
function open(question) {
  setText(byId('dialog-head'), question.title);
  const texts = question.text.map((text) => el('p', {}, text));
  byId('dialog-body').replaceChildren(...texts, ...(question.fields ?? []));
  byId('dialog-outcome').replaceChildren();
  [ok.hidden, ok.disabled] = [false, false];
  setText(ok, question.ok);
  setText(cancel, 'Cancel');
  dialog.showModal();
}

/** @returns {Promise<boolean>} false when the dialog was left */
function answered() {
  return new Promise((resolve) => {
    dialog.onclose = () => resolve(false);
    form.onsubmit = (event) => {
      event.preventDefault();
      if (!ok.disabled && !ok.hidden) resolve(true);
    };
  });
}
