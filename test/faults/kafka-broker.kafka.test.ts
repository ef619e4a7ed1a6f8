import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LogLines } from '../cli/log-lines.ts';
import { expectExactlyOnce } from '../support/exactly-once.ts';
import { Installation } from '../support/installation.ts';
import { eitherForm } from '../support/long-form.ts';
import { startLocalKafka } from '../support/services/local-kafka.ts';
import type { LocalKafka } from '../support/services/local-kafka.ts';
import { Tmpfs } from '../support/tmpfs.ts';

/** One broker, one installation and one process go through every outage, one after the other. */
let disk: Tmpfs;
let kafka: LocalKafka;
let installation: Installation;
let child: ReturnType<Installation['start']>;
let log: LogLines;
const uids: string[] = [];

beforeAll(async () => {
  disk = await Tmpfs.mount({ sizeMiB: 160 });
  kafka = await startLocalKafka({ dataDir: disk.folder });
  installation = await Installation.create({
    kafkaBrokers: kafka.brokers,
    // A broker that is paused is missed after this.
    kafka: { requestTimeout: '2s' },
  });
});

afterAll(async () => {
  await installation?.drop();
  await kafka?.stop();
  await disk?.unmount();
});

function start(): void {
  child = installation.start(['run', '--log-level', 'debug']);
  log = new LogLines(child);
}

/** Waits until the child says, from now on, that it archived everything that was stamped up to now. */
async function untilArchived(): Promise<void> {
  const time = await installation.serverTime();
  await log.until(({ msg, to }) => msg === 'watermark moved' && String(to) >= time);
}

/** Rows before, in and behind the outage; it ends when the process has noticed it, and not before `lastsMs`. */
async function survive(outage: {
  readonly begin: () => Promise<void>;
  readonly end: () => Promise<void>;
  readonly lastsMs?: number;
}): Promise<void> {
  uids.push(...(await installation.insertFiles(20)));
  const noticed = log.next(({ msg }) => msg === 'capture reconnects');
  await outage.begin();
  const over = setTimeout(outage.lastsMs ?? 0);
  uids.push(...(await installation.insertFiles(20)));
  await Promise.all([noticed, over]);
  await outage.end();
  uids.push(...(await installation.insertFiles(20)));
  await untilArchived();
}

describe('a Kafka broker', () => {
  it('may be stopped cleanly: the archive goes on when it is back', async () => {
    await installation.succeed(['init']);
    start();
    await log.until(({ msg }) => msg === 'mark sent');
    await survive({ begin: () => kafka.halt(), end: () => kafka.restart() });
  });

  it('may be killed: the archive goes on when it is back', async () => {
    await survive({ begin: () => kafka.kill(), end: () => kafka.restart() });
  });

  it('may hang for longer than requests wait: the archive goes on when it answers again', async () => {
    const signal = (name: NodeJS.Signals) => () => Promise.resolve(void process.kill(kafka.pid, name));
    const lastsMs = eitherForm({ short: 0, long: 30_000 });
    await survive({ begin: signal('SIGSTOP'), end: signal('SIGCONT'), lastsMs });
  });

  it('may run out of disk and give up: the archive goes on when there is room and it is started again', async () => {
    let makeRoom: () => Promise<void> = () => Promise.resolve();
    await survive({
      begin: async () => {
        makeRoom = await disk.fill();
      },
      end: async () => {
        await makeRoom();
        await kafka.restart();
      },
    });
  });

  it(
    'need not be there for a process to end when it is told to, nor for another one to begin',
    { timeout: 60_000 },
    async () => {
      const noticed = log.next(({ msg }) => msg === 'capture reconnects');
      await kafka.kill();
      uids.push(...(await installation.insertFiles(20)));
      await noticed;
      child.kill('SIGTERM');
      expect(await once(child, 'exit'), installation.logOf(child)).toEqual([0, null]);

      start();
      await log.until(({ msg }) => msg === 'archive waits for kafka');
      await kafka.restart();
      uids.push(...(await installation.insertFiles(20)));
      await untilArchived();
    },
  );

  it('leaves, after all of that, each row archived once and each event announced once', async () => {
    child.kill('SIGTERM');
    expect(await once(child, 'exit'), installation.logOf(child)).toEqual([0, null]);
    await expectExactlyOnce(installation, { uids });
  });
});
