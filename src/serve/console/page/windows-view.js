import { dataTable, el, fillFrom, setText } from './dom.js';
import { count, time, timeOfDay } from './format.js';

/**
 * @typedef {import('../console-state.ts').TableState} TableState
 * @typedef {import('../console-state.ts').WindowState} WindowState
 */

const MARKS = { sealed: '✓', overdue: '!', gathering: '…', waiting: '·' };
const MEANINGS = {
  sealed: 'sealed',
  overdue: 'overdue: old enough, not sealed',
  gathering: 'gathering: open for late rows',
  waiting: 'waiting: not yet due',
};

/** Windows as they fill and seal, as marks and as a table. */
export function createWindows() {
  const list = el('ol', { class: 'windows', 'aria-label': 'Windows around the watermark' });
  const rest = el('p', { class: 'muted' });
  const table = dataTable('Windows around the watermark', [
    'ends',
    'state',
    '#rows',
    '#partitions that sealed it',
  ]);
  const legend = Object.entries(MARKS)
    .map(([state, mark]) => `${mark} ${state}`)
    .join('   ');
  const details = el('details', {}, el('summary', {}, 'Windows as a table'), table.root);
  const root = el('div', {}, list, el('p', { class: 'muted' }, legend), rest, details);
  /** @param {TableState} state */
  const show = ({ windows, partitions, partitionsMore }) => {
    const { drawn, later } = windows;
    const total = partitions.length + partitionsMore;
    const most = Math.max(1, ...drawn.map(({ rows }) => rows ?? 0));
    fillFrom(list, [drawn, total], () => drawn.map((window) => cell(window, { most, total })));
    setText(
      rest,
      later > 0 ? `and ${count(later)} more windows until now` : drawn.length === 0 ? 'No window yet.' : '',
    );
    table.show(
      drawn.map(({ end, state, rows, sealedPartitions }) => [
        time(end),
        MEANINGS[state],
        count(rows),
        `${sealedPartitions} of ${total}`,
      ]),
    );
  };
  return { root, show };
}

/** @param {WindowState} window @param {{ most: number, total: number }} scale */
function cell({ end, state, rows, sealedPartitions }, { most, total }) {
  const fill = el('span', { class: 'fill' });
  fill.style.height = `${Math.round(((rows ?? 0) / most) * 100)}%`;
  const partly =
    sealedPartitions > 0 && state !== 'sealed'
      ? `, sealed in ${sealedPartitions} of ${total} partitions`
      : '';
  const known = rows === null ? '' : `, ${count(rows)} rows`;
  const text = `until ${timeOfDay(end)}: ${state}${known}${partly}`;
  return el(
    'li',
    { class: state, title: text },
    fill,
    el('span', { class: 'mark', 'aria-hidden': 'true' }, MARKS[state]),
    el('span', { class: 'unseen' }, text),
  );
}
