import { createAxis, cutoffOf } from './axis.js';
import { createThroughput } from './chart.js';
import { dataTable, el, setText, showFacts } from './dom.js';
import { age, count, isoOf, ms, size, time, timeOfDay } from './format.js';
import { createWindows } from './windows-view.js';

/** @typedef {import('../console-state.ts').TableState} TableState */

/**
 * One table of the archive.
 *
 * @param {string} id `schema.name`
 * @param {Node} actions its buttons
 */
export function createTableView(id, actions) {
  const head = `table-${id}`;
  const badge = el('strong', { class: 'warn-text' });
  const [facts, lags] = [el('dl', { class: 'facts' }), el('dl', { class: 'facts' })];
  const [axis, windows, throughput] = [createAxis(), createWindows(), createThroughput()];
  const partitions = dataTable(`Partitions of ${id}`, [
    ...[
      '#partition',
      'watermark',
      '#not yet due',
      '#gathering',
      '#overdue',
      '#Kafka’s lag',
      '#rows in memory',
      'failure',
    ],
  ]);
  const partitionsMore = el('p', { class: 'muted' });
  const shards = dataTable(`Last shards of ${id}`, ['at', 'shard', 'kind', '#rows', '#bytes']);
  const rejects = dataTable(`Last rejects of ${id}`, ['at', 'uid', 'reason', 'detail']);
  const root = el(
    'section',
    { class: 'card', 'aria-labelledby': head },
    el('div', { class: 'table-head' }, el('h2', { id: head }, id), badge, actions),
    ...[facts, axis.root],
    ...[el('h3', {}, 'Rows'), lags, partitions.root, partitionsMore],
    ...[el('h3', {}, 'Windows'), windows.root],
    ...[el('h3', {}, 'Throughput'), throughput.root],
    ...[el('h3', {}, 'Last shards'), shards.root],
    ...[el('h3', {}, 'Last rejects'), rejects.root],
  );
  /** @param {TableState} table @param {number} now */
  const show = (table, now) => {
    setText(badge, table.pausedSince === null ? '' : `paused since ${timeOfDay(table.pausedSince)} UTC`);
    showFacts(facts, factsOf(table, now));
    axis.show(table, now);
    showFacts(lags, lagsOf(table));
    partitions.show(table.partitions.map(partitionRow));
    setText(
      partitionsMore,
      table.partitionsMore > 0 ? `and ${count(table.partitionsMore)} more partitions` : '',
    );
    windows.show(table);
    throughput.show(table.throughput);
    shards.show(
      table.lastShards.map(({ at, name, kind, rows, bytes }) => [
        timeOfDay(at),
        name,
        kind,
        count(rows),
        size(bytes),
      ]),
    );
    rejects.show(
      table.lastRejects.map(({ at, uid, reason, detail }) => [timeOfDay(at), uid ?? '—', reason, detail]),
    );
  };
  return { root, show, redraw: throughput.redraw };
}

/** @param {TableState} table @param {number} now */
function factsOf(table, now) {
  const { watermark, archivedUntil, open, snapshot } = table;
  const cutoff = cutoffOf(table, now);
  const behind = watermark === null ? null : Math.max(0, (cutoff - ms(watermark)) / 1000);
  return [
    { name: 'Watermark', value: time(watermark), large: true },
    { name: 'Its age', value: watermark === null ? '—' : age((now - ms(watermark)) / 1000), large: true },
    {
      name: 'Behind the cutoff',
      value: behind === null ? '—' : behind === 0 ? 'no' : age(behind),
      look: behind !== null && behind > 0 ? 'warn-text' : '',
      large: true,
    },
    { name: 'Cutoff', value: time(isoOf(cutoff)) },
    {
      name: 'Window, lag, lateness',
      value: [table.windowSeconds, table.lagSeconds, table.latenessSeconds].map(age).join(', '),
    },
    ...(archivedUntil === watermark
      ? []
      : [{ name: 'In Postgres', value: time(archivedUntil), look: 'warn-text' }]),
    ...(open === null
      ? []
      : [{ name: 'In memory here', value: `${count(open.rows)} rows, ${count(open.windows)} windows` }]),
    ...(snapshot === null ? [] : [{ name: 'Snapshot', value: snapshotText(snapshot) }]),
  ];
}

/** @param {NonNullable<TableState['snapshot']>} snapshot */
function snapshotText({ rows, estimatedRows, secondsLeft }) {
  const of = estimatedRows === null ? '' : ` of about ${count(estimatedRows)}`;
  return `${count(rows)}${of} rows read${secondsLeft === null ? '' : `, about ${age(secondsLeft)} left`}`;
}

/** @param {TableState} table */
function lagsOf({ rows, oldestOverdueSeconds }) {
  const overdue = rows?.overdue ?? null;
  const since = oldestOverdueSeconds === null ? '' : `, the oldest for ${age(oldestOverdueSeconds)}`;
  return [
    { name: 'Not yet due', value: count(rows?.notYetDue ?? null), large: true },
    { name: 'Being gathered', value: count(rows?.gathering ?? null), large: true },
    {
      name: 'Overdue',
      value: `${count(overdue)}${since}`,
      look: overdue !== null && overdue > 0 ? 'bad-text' : '',
      large: true,
    },
    { name: 'Sealed so far', value: count(rows?.sealed ?? null), large: true },
  ];
}

/** @param {TableState['partitions'][number]} partition */
function partitionRow(partition) {
  const { notYetDue, gathering, overdue, kafkaLag, openRows, failure } = partition;
  return [
    ...[String(partition.partition), time(partition.watermark)],
    ...[notYetDue, gathering, overdue, kafkaLag, openRows].map(count),
    failure ?? '',
  ];
}
