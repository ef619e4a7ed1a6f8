import { createAnnouncer } from './announcer.js';
import { createActions, showTokenButton } from './actions.js';
import { showCapture, showCauses } from './causes-view.js';
import { followState, serverNow } from './connection.js';
import { byId, setText } from './dom.js';
import { age, count, isoOf, ms, time } from './format.js';
import { createTableView } from './table-view.js';
import { startTheme } from './theme.js';
import { verdictOf } from './verdict.js';

/** @typedef {import('../console-state.ts').ConsoleState} ConsoleState */

const MARKS = { unknown: '…', good: '✓', warn: '!', bad: '✗' };
const TICK_MS = 1_000;
/** @type {Map<string, { view: ReturnType<typeof createTableView>, actions: ReturnType<typeof createActions> }>} */
const tables = new Map();
const announce = createAnnouncer((text) => setText(byId('announcer'), text));

function show() {
  const now = serverNow(link);
  const verdict = verdictOf(link, now);
  const { state } = link;
  byId('verdict').className = `verdict ${verdict.level}`;
  setText(byId('verdict-mark'), MARKS[verdict.level]);
  setText(byId('verdict-text'), verdict.text);
  document.body.classList.toggle('old', verdict.isOld && state !== null);
  if (verdict.level !== 'unknown') announce(verdict.text, performance.now());
  document.title = `${MARKS[verdict.level]} ${state?.name ?? 'Tidemark'}`;
  if (state === null) return;
  setText(byId('name'), `Tidemark: ${state.name}`);
  setText(byId('clock'), time(isoOf(now)));
  setText(
    byId('tool'),
    `Tidemark ${state.tool}${state.parts.length === 0 ? '' : `, ${state.parts.join(' and ')} in this process`}`,
  );
  setText(byId('ages'), agesOf(state, now));
  showCauses(state);
  showCapture(state);
  showTokenButton(state);
  for (const [id, table] of Object.entries(state.tables)) {
    const { view, actions } = tableOf(id);
    view.show(table, now);
    actions.show(state.actions, table);
  }
  byId('tables-more').hidden = state.tablesMore === 0;
  setText(byId('tables-more'), `and ${count(state.tablesMore)} more tables, which this page does not show`);
}

/** @param {string} id */
function tableOf(id) {
  const known = tables.get(id);
  if (known !== undefined) return known;
  const actions = createActions(id);
  const made = { view: createTableView(id, actions.root), actions };
  tables.set(id, made);
  byId('tables').append(made.view.root);
  return made;
}

/** @param {ConsoleState} state @param {number} now */
function agesOf({ readings }, now) {
  return Object.entries(readings)
    .filter(([, { at, problem }]) => at !== null || problem !== null)
    .map(
      ([name, { at, problem }]) =>
        `${name} ${at === null ? 'not read' : `${age((now - ms(at)) / 1000)} ago`}${problem === null ? '' : ` (${problem})`}`,
    )
    .join(' · ');
}

const redraw = () => {
  for (const { view } of tables.values()) view.redraw();
};
const link = followState(show);
startTheme(redraw);
addEventListener('resize', redraw);
setInterval(show, TICK_MS);
