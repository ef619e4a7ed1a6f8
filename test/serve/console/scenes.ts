import type { Cause } from '../../../src/cli/explain/explanation.ts';
import { micros } from '../../../src/model/micros.ts';
import { at, BEGIN, nothingWrong, shardCreated, statusAt, TABLE, windowSealed } from './console-rig.ts';
import type { ConsoleRig } from './console-rig.ts';

const SECOND = 1_000_000;
const MINUTE = 60 * SECOND;

/** An archive at work: shards of the last minutes, sealed windows, and two that fill. Before the rig listens. */
export function busy(rig: ConsoleRig): void {
  for (let i = 0; i < 60; i++) {
    const time = micros(BEGIN - (300 - i * 5) * SECOND);
    rig.tell(shardCreated(time, { rows: 500 + ((i * i * 37) % 400), at: time }));
  }
  for (let i = 0; i < 8; i++)
    rig.tell(windowSealed(micros(BEGIN - 30 * SECOND - (5 + i) * MINUTE), 4_000 - i * 90));
  const windows = [
    { end: micros(BEGIN - 270 * SECOND), rows: 3_600 },
    { end: micros(BEGIN - 210 * SECOND), rows: 900 },
  ];
  const place = { table: TABLE, partition: 0 };
  rig.events.emit('rows:received', { ...place, rows: 4_500, windows });
  const committed = { watermark: micros(BEGIN - 330 * SECOND), openWindows: 2, openRows: 4_500, lateRows: 0 };
  rig.events.emit('partition:committed', { ...place, ...committed });
}

/** A sink that is full, a watermark that stands, and a reject whose uid is markup. */
export function failing(rig: ConsoleRig): void {
  const cause: Cause = {
    code: 'partition-failing',
    ...{ table: TABLE, partition: 1, holds: true },
    detail: 'ERR_SINK_UNAVAILABLE: no space left on device (host:4711 tries again by itself)',
    remedy: 'Make room, mend the mount or the way to the bucket (`tidemark check` tries each right).',
  };
  rig.explanation = () => Promise.resolve({ ...nothingWrong(rig.now), causes: [cause] });
  const reject = { at: at(9), uid: '<b>42</b>', reason: 'file_missing', detail: 'it is not there' };
  const rows = {
    sent: 9_000,
    sealed: 6_000,
    notYetDue: 2_000,
    gathering: 600,
    overdue: 400,
    oldestOverdueSeconds: 570,
  };
  rig.status = () =>
    Promise.resolve(
      statusAt(rig.now, { watermark: at(930), archivedUntil: at(930), rows, lastRejects: [reject] }),
    );
}
