import { byId, el, fillFrom, showFacts } from './dom.js';
import { age, count, size, time } from './format.js';

/** @typedef {import('../console-state.ts').ConsoleState} ConsoleState */

/** What `tidemark explain` says, and what could not be read. @param {ConsoleState} state */
export function showCauses(state) {
  const { causes, causesMore, problems } = state;
  fillFrom(byId('causes'), [causes, causesMore, problems], () => [
    ...causesOf(state),
    ...(problems.length === 0 ? [] : [el('h3', {}, 'What could not be read'), problemList(state)]),
  ]);
}

/** @param {ConsoleState} state */
function causesOf({ causes, causesMore }) {
  if (causes === null) return [el('p', { class: 'muted' }, 'Not asked yet.')];
  if (causes.length === 0) return [el('p', {}, 'Nothing.')];
  const items = causes.map(({ code, table, partition, holds, detail, remedy }) => {
    const place = [table, partition === null ? null : `partition ${partition}`].filter(
      (part) => part !== null,
    );
    return el(
      'li',
      {},
      el('strong', { class: holds ? 'bad-text' : 'warn-text' }, code),
      ` ${place.join(', ')}${holds ? '' : ' (does not hold the watermark yet)'}`,
      el('p', {}, detail),
      el('p', {}, 'What to do: ', el('code', {}, remedy)),
    );
  });
  const more = causesMore === 0 ? [] : [el('p', { class: 'muted' }, `and ${count(causesMore)} more`)];
  return [el('ol', { class: 'causes' }, ...items), ...more];
}

/** @param {ConsoleState} state */
function problemList({ problems }) {
  const items = problems.map(({ code, detail, remedy }) =>
    el(
      'li',
      {},
      el('strong', { class: 'bad-text' }, code),
      el('p', {}, detail),
      el('p', {}, 'What to do: ', el('code', {}, remedy)),
    ),
  );
  return el('ul', { class: 'causes' }, ...items);
}

/** @param {ConsoleState} state */
export function showCapture({ slot, marks, archivedBy }) {
  if (archivedBy === 'cycles') {
    showFacts(byId('capture'), [
      { name: 'Archived by', value: 'tidemark run-cycle: there is neither slot nor log' },
    ]);
    return;
  }
  const isBad = slot !== null && slot.state !== 'active';
  const facts = [
    {
      name: 'Slot',
      value:
        slot === null
          ? 'unknown'
          : `${slot.name}: ${slot.state}${slot.activePid === null ? '' : `, read by pid ${slot.activePid}`}`,
      look: isBad ? 'bad-text' : '',
    },
    { name: 'WAL held back', value: slot === null || slot.lagBytes === null ? '—' : size(slot.lagBytes) },
    ...slotLimit(slot),
  ];
  if (marks !== null) {
    facts.push({
      name: 'Last mark',
      value: `${time(marks.time)}${marks.ageSeconds === null ? '' : `, ${age(marks.ageSeconds)} old`}`,
    });
    const { heldBackBy } = marks;
    if (heldBackBy !== null)
      facts.push({ name: 'Marks held back by', value: holder(heldBackBy), look: 'warn-text' });
  }
  showFacts(byId('capture'), facts);
}

/** @param {ConsoleState['slot']} slot */
function slotLimit(slot) {
  if (slot === null) return [];
  const { walKeepBytes: keep, bytesPerSecond: rate, secondsLeft: left } = slot;
  return [
    ...(rate === null
      ? []
      : [{ name: 'It grows', value: `${size(Math.abs(rate))}/s${rate < 0 ? ' less' : ''}` }]),
    ...(keep === null ? [] : [{ name: 'Limit of the server', value: size(keep) }]),
    ...(left === null
      ? []
      : [{ name: 'Time left at this rate', value: age(left), look: left < 3600 ? 'bad-text' : '' }]),
  ];
}

/** @param {NonNullable<NonNullable<ConsoleState['marks']>['heldBackBy']>} holder */
function holder({ pid, user, application, state, openSeconds }) {
  const who = [pid === null ? 'a prepared transaction' : `pid ${pid}`, user, application, state].filter(
    (part) => part !== null && part !== '',
  );
  return `${who.join(', ')}${openSeconds === null ? '' : `, open for ${age(openSeconds)}`}`;
}
