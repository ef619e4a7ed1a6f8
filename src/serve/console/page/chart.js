import { dataTable, el } from './dom.js';
import { count, isoOf, ms, size, timeOfDay } from './format.js';

/**
 * @typedef {import('../console-state.ts').Throughput} Throughput
 * @typedef {typeof import('uplot')} Plot
 */

/** Loaded by its own script, before this one. */
const Plot = /** @type {Plot | undefined} */ (/** @type {{ uPlot?: Plot }} */ (globalThis).uPlot);
const HEIGHT = 176;
const MINUTE_SECONDS = 60;

/** Rows and bytes a second of the last minutes, as lines and as a table. */
export function createThroughput() {
  const place = el('div', { class: 'chart', role: 'img', 'aria-label': 'Throughput' });
  const table = dataTable('Throughput by minute', ['minute from', '#rows a second', '#bytes a second']);
  const root = el(
    'div',
    {},
    place,
    el('details', {}, el('summary', {}, 'Throughput as a table'), table.root),
  );
  /** @type {InstanceType<Plot> | undefined} */
  let plot;
  let drawn = '';
  /** @type {Throughput | undefined} */
  let last;
  const redraw = () => {
    if (Plot === undefined || last === undefined || place.clientWidth === 0) return;
    plot?.destroy();
    plot = new Plot(optionsOf(Plot, place.clientWidth), dataOf(last), place);
  };
  /** @param {Throughput} throughput */
  const show = (throughput) => {
    const key = JSON.stringify(throughput);
    if (key === drawn) return;
    [drawn, last] = [key, throughput];
    if (plot === undefined) redraw();
    else plot.setData(dataOf(throughput));
    const minutes = byMinute(throughput);
    table.show(
      minutes.map(({ at, rows, bytes }) => [timeOfDay(isoOf(at)), count(Math.round(rows)), size(bytes)]),
    );
    const newest = minutes.at(-1);
    if (newest !== undefined)
      place.setAttribute(
        'aria-label',
        `Throughput, last minute: ${count(Math.round(newest.rows))} rows a second, ${size(newest.bytes)} a second`,
      );
  };
  return { root, show, redraw };
}

/** @param {Throughput} throughput @returns {[number[], number[], number[]]} */
function dataOf({ bucketSeconds, from, rows, bytes }) {
  const begin = ms(from) / 1000;
  return [
    rows.map((_, index) => begin + index * bucketSeconds),
    rows.map((sum) => sum / bucketSeconds),
    bytes.map((sum) => sum / bucketSeconds),
  ];
}

/** @param {Throughput} throughput */
function byMinute({ bucketSeconds, from, rows, bytes }) {
  const step = MINUTE_SECONDS / bucketSeconds;
  const sum = (/** @type {readonly number[]} */ values, /** @type {number} */ begin) =>
    values.slice(begin, begin + step).reduce((total, value) => total + value, 0) / MINUTE_SECONDS;
  return Array.from({ length: Math.floor(rows.length / step) }, (_, minute) => ({
    at: ms(from) + minute * MINUTE_SECONDS * 1000,
    rows: sum(rows, minute * step),
    bytes: sum(bytes, minute * step),
  }));
}

/** @param {Plot} plot @param {number} width @returns {import('uplot').Options} */
function optionsOf(plot, width) {
  const style = getComputedStyle(document.documentElement);
  const color = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: color('--muted'),
    grid: { stroke: color('--line'), width: 1 },
    ticks: { stroke: color('--line') },
  };
  return {
    width,
    height: HEIGHT,
    tzDate: (seconds) => plot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: {
      bytes: { range: (_self, _min, max) => [0, max > 0 ? max : 1] },
      y: { range: (_self, _min, max) => [0, max > 0 ? max : 1] },
    },
    series: [
      { label: 'time (UTC)', value: '{HH}:{mm}:{ss}' },
      {
        label: 'rows/s',
        stroke: color('--accent'),
        width: 2,
        points: { show: false },
        value: (_self, value) => (value === null ? '—' : value.toFixed(1)),
      },
      {
        label: 'bytes/s',
        scale: 'bytes',
        stroke: color('--warn'),
        width: 2,
        points: { show: false },
        dash: [6, 4],
        value: (_self, value) => (value === null ? '—' : size(value)),
      },
    ],
    axes: [
      { ...axis, values: '{HH}:{mm}' },
      { ...axis, size: 60, values: (_self, splits) => splits.map((value) => count(value)) },
      {
        ...axis,
        size: 70,
        scale: 'bytes',
        side: 1,
        grid: { show: false },
        values: (_self, splits) => splits.map((value) => size(value)),
      },
    ],
  };
}
