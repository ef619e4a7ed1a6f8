import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { CaptureRig, startCapture } from '../support/capture-rig.ts';
import type { StartedCapture } from '../support/capture-rig.ts';
import { LogReader } from '../support/log-reader.ts';
import { startLocalKafka } from '../support/services/local-kafka.ts';
import type { LocalKafka } from '../support/services/local-kafka.ts';
import { services } from '../support/services/services.ts';

let kafka: LocalKafka;
let rig: CaptureRig;

beforeAll(async () => {
  kafka = await startLocalKafka();
});
afterAll(() => kafka.stop());
afterEach(() => rig.close());

function happens(capture: StartedCapture, name: 'capture:reconnecting' | 'mark:sent'): Promise<void> {
  return new Promise((resolve) => {
    const off = capture.events.on(name, () => {
      off();
      resolve();
    });
  });
}

/** Inserts until told to end; a row at a time, so that rows fall before, into and behind every step of the outage. */
async function insertMeanwhile(inserted: string[], end: AbortSignal): Promise<void> {
  while (!end.aborted) {
    const uid = `row-${String(inserted.length).padStart(6, '0')}`;
    await rig.insert([uid]);
    inserted.push(uid);
  }
}

describe('a Kafka that goes away and comes back', () => {
  it.each([
    ['killed', 'kill'],
    ['shut down cleanly', 'halt'],
  ] as const)('when it is %s, loses no row and none is sent twice', async (_, how) => {
    const { postgresUrl } = await services();
    rig = await CaptureRig.create({ services: { postgresUrl, kafkaBrokers: [...kafka.brokers] } });
    // A consumer that loses its broker reads again what it had not committed: read with a fresh one afterwards.
    await rig.reader.close();
    const capture = startCapture(rig.setup);
    const inserted: string[] = [];
    const enough = new AbortController();
    const inserting = insertMeanwhile(inserted, enough.signal);
    await happens(capture, 'mark:sent');

    const reconnects = happens(capture, 'capture:reconnecting');
    await kafka[how]();
    await reconnects;
    await kafka.restart();
    await happens(capture, 'mark:sent');
    enough.abort();
    await inserting;

    const reader = await LogReader.start(rig.kafka, new Map([[rig.topic(), rig.partitions]]));
    await reader.untilMarked(await rig.now());
    await capture.stage.drain();
    await reader.close();
    expect(
      reader
        .rows()
        .map(({ uid }) => uid)
        .sort(),
    ).toEqual(inserted);
  });
});
