import { el, setText } from './dom.js';
import { age, isoOf, ms, timeOfDay } from './format.js';

/** @typedef {import('../console-state.ts').TableState} TableState */

/** Watermark, cutoff and now on one line of time; the numbers beside it say the same. */
export function createAxis() {
  const stretch = (/** @type {string} */ look) => el('div', { class: `stretch ${look}` });
  const [archived, behind, young] = [stretch('archived'), stretch('behind'), stretch('young')];
  const [watermark, cutoff, now] = [point('above'), point('below'), point('above')];
  const root = el(
    'div',
    { class: 'axis', 'aria-hidden': 'true' },
    ...[el('div', { class: 'rail' }), archived, behind, young, watermark.root, cutoff.root, now.root],
  );
  /** @param {TableState} table @param {number} at */
  const show = (table, at) => {
    root.hidden = table.watermark === null;
    if (table.watermark === null) return;
    const [mark, due] = [ms(table.watermark), cutoffOf(table, at)];
    const from = Math.min(mark, due) - Math.max(table.lagSeconds, table.windowSeconds) * 500;
    const share = (/** @type {number} */ time) =>
      Math.max(0, Math.min(100, ((time - from) / (at - from)) * 100));
    place(archived, 0, share(mark));
    place(behind, share(mark), share(Math.max(mark, due)));
    place(young, share(Math.max(mark, due)), 100);
    watermark.show(share(mark), `watermark ${timeOfDay(table.watermark)}`);
    cutoff.show(share(due), `cutoff ${timeOfDay(isoOf(due))} (${age(table.lagSeconds)} lag)`);
    now.show(100, 'now');
  };
  return { root, show };
}

/** The end of the last window that is due: `floor(now − lag, window)`. @param {TableState} table @param {number} at */
export function cutoffOf({ lagSeconds, windowSeconds }, at) {
  const step = windowSeconds * 1000;
  return Math.floor((at - lagSeconds * 1000) / step) * step;
}

/** @param {string} side */
function point(side) {
  const label = el('span');
  const root = el('div', { class: `point ${side}` }, label);
  /** @param {number} percent @param {string} text */
  const show = (percent, text) => {
    root.style.left = `${percent}%`;
    root.classList.toggle('flip', percent > 50);
    setText(label, text);
  };
  return { root, show };
}

/** @param {HTMLElement} stretch @param {number} from @param {number} to */
function place(stretch, from, to) {
  stretch.style.left = `${from}%`;
  stretch.style.right = `${100 - to}%`;
}
