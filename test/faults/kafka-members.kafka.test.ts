import { once } from 'node:events';
import { watch } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogLines } from '../cli/log-lines.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { expectExactlyOnce } from '../support/exactly-once.ts';
import { Installation } from '../support/installation.ts';
import { eitherForm } from '../support/long-form.ts';

type Child = ReturnType<Installation['start']>;

let installation: Installation;
let follower: EventFollower;
let uids: string[];

beforeEach(async () => {
  uids = [];
  installation = await Installation.create();
  await installation.succeed(['init']);
  follower = await installation.follow();
});

afterEach(async () => {
  await follower.close();
  await installation.drop();
});

async function insert(count: number): Promise<void> {
  uids.push(...(await installation.insertFiles(count)));
}

async function untilArchived(): Promise<void> {
  await follower.untilWatermark(await installation.serverTime());
}

async function stop(child: Child): Promise<void> {
  child.kill('SIGTERM');
  expect(await once(child, 'exit'), installation.logOf(child)).toEqual([0, null]);
}

async function expectArchivedOnce(): Promise<void> {
  await expectExactlyOnce(installation, { uids });
}

/** State `T` of /proc/PID/stat: stopped by a signal. */
async function isStopped({ pid }: Child): Promise<boolean> {
  return / T /.test(await readFile(`/proc/${pid}/stat`, 'utf8'));
}

describe('members of the archive group', () => {
  it('that are stopped in the middle of a seal and wake up when another has taken over change nothing', async () => {
    installation.start(['capture']);
    const zombie = installation.start(['archive'], { TIDEMARK_FAILPOINTS: 'manifest:written=stop' });
    const log = new LogLines(zombie);
    await log.until(({ msg }) => msg === 'partition restored');
    await insert(40);
    const successor = installation.start(['archive']);
    await untilArchived();
    expect(await isStopped(zombie)).toBe(true);

    const refused = log.until(
      ({ msg, reason }) =>
        msg === 'partition failed and tries again' && /^ERR_FENCED: commit/.test(String(reason)),
    );
    zombie.kill('SIGCONT');
    await refused;
    await insert(40);
    await untilArchived();
    await stop(zombie);
    await stop(successor);
    await expectArchivedOnce();
  });

  it('may join and leave every two seconds, cleanly or not: the archive goes on and seals nothing twice', async () => {
    installation.start(['capture']);
    const members: Child[] = [];
    const until = performance.now() + eitherForm({ short: 0, long: 120_000 });
    for (let round = 0; round < 8 || performance.now() < until; round++) {
      const member = installation.start(['archive']);
      members.push(member);
      await insert(10);
      await new LogLines(member).until(({ msg }) => msg === 'joined the archive group');
      await insert(10);
      if (members.length < 3) continue;
      const leaving = members.shift()!;
      const left = once(leaving, 'exit');
      leaving.kill(round % 2 === 0 ? 'SIGTERM' : 'SIGKILL');
      await left;
      // Some windows at least are sealed in every round.
      const before = follower.events.length;
      await follower.until((events) => events.length > before);
    }
    await insert(10);
    await untilArchived();
    for (const member of members) await stop(member);
    await expectArchivedOnce();
  });

  it('seal a window that takes longer than the session timeout, once, while others come and go', async () => {
    installation.start(['capture']);
    // Each task of the packing thread takes longer than the session timeout of two seconds.
    const slow = installation.start(['archive'], { TIDEMARK_FAILPOINTS: 'pack:task=wait:3s' });
    const log = new LogLines(slow);
    await log.until(({ msg }) => msg === 'partition restored');
    await insert(40);
    const sealed = log.until(({ msg, shards }) => msg === 'window sealed' && Number(shards) > 0);
    const isSealed = new AbortController();
    const churn = (async () => {
      while (!isSealed.signal.aborted) {
        const visitor = installation.start(['archive']);
        await new LogLines(visitor).until(({ msg }) => msg === 'joined the archive group');
        visitor.kill('SIGKILL');
        await once(visitor, 'exit');
      }
    })();
    await sealed;
    isSealed.abort();
    await churn;
    await untilArchived();
    await stop(slow);
    const lines = installation.logOf(slow).split('\n');
    const joined = lines.filter((line) => line.includes('joined the archive group')).length;
    expect(joined).toBeGreaterThan(2);
    await expectArchivedOnce();
  });

  it('finish the seal under way when told to end, and abandon it when told twice: the next one goes on', async () => {
    installation.start(['capture']);
    for (const signals of [1, 2]) {
      const slow = installation.start(['archive'], { TIDEMARK_FAILPOINTS: 'pack:task=wait:2s' });
      const log = new LogLines(slow);
      await log.until(({ msg }) => msg === 'partition restored');
      const sealing = new AbortController();
      const begun = once(
        watch(installation.sinkFolder, { recursive: true, signal: sealing.signal }),
        'change',
      );
      await insert(40);
      await begun;
      sealing.abort();
      const exited = once(slow, 'exit');
      slow.kill('SIGTERM');
      await log.until(({ msg }) => String(msg).startsWith('draining'));
      if (signals === 2) slow.kill('SIGTERM');
      expect(await exited, installation.logOf(slow)).toEqual([signals - 1, null]);
      const sealed = installation.logOf(slow).includes('"msg":"window sealed"');
      expect(sealed).toBe(signals === 1);
    }
    const next = installation.start(['archive']);
    await untilArchived();
    await stop(next);
    await expectArchivedOnce();
  });
});
