import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { AclEntry } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import type { Requirement } from '../../src/model/requirement.ts';
import { PASSWORD, rolesSql } from '../cli/least-privilege.ts';
import type { Role } from '../cli/least-privilege.ts';
import { runInProcess } from '../cli/run-in-process.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { Installation } from '../support/installation.ts';
import { SecuredKafka } from './secured-kafka.ts';
import type { User } from './secured-kafka.ts';
import { TlsPostgres } from './tls-postgres.ts';

let postgres: TlsPostgres;
let kafka: SecuredKafka;
let installation: Installation;
let follower: EventFollower;
let grants: AclEntry[];
/** All that any command has printed, at the level that prints most. */
const printed: string[] = [];

const nameOf = (role: Role): string => `${installation.name}_${role}`;

beforeAll(async () => {
  [postgres, kafka] = await Promise.all([TlsPostgres.start(), SecuredKafka.start()]);
  installation = await Installation.create({
    postgresUrl: postgres.server.url,
    kafkaBrokers: kafka.server.brokers,
    partitions: 1,
  });
  const { name } = installation;
  grants = kafka.grants({
    ...{ NAME: name, TABLES: 'public.files', SUBSCRIBER_GROUP: 'billing', INIT: 'User:init' },
    ...{ CAPTURE: 'User:capture', ARCHIVE: 'User:archive', READER: 'User:reader' },
    ...{ CLEANUP: 'User:cleanup', SUBSCRIBER: 'User:billing' },
  });
  await kafka.allow(grants);
  for (const user of ['init', 'capture', 'archive', 'reader', 'cleanup', 'nobody'] as const)
    await configure(user);
});

afterAll(async () => {
  await follower?.close();
  await installation?.drop();
  await Promise.all([postgres?.stop(), kafka?.stop()]);
});

const configOf = (user: User): string => join(installation.folder, `${user}.yaml`);

/** A configuration with the least that one user has: its role in Postgres, its name and password in Kafka. */
async function configure(user: User): Promise<void> {
  const file = parse(await readFile(installation.configPath, 'utf8')) as Record<string, unknown>;
  const url = new URL(installation.databaseUrl);
  url.hostname = 'localhost';
  if (user !== 'init') {
    const role = user === 'capture' || user === 'archive' ? user : 'reader';
    [url.username, url.password] = [nameOf(role), PASSWORD];
  }
  url.searchParams.set('sslmode', 'verify-full');
  url.searchParams.set('sslrootcert', postgres.authority.cert);
  const cleanup = { roots: [installation.sourceFolder], after: '0s' };
  const config = { ...file, postgres: { url: url.href }, kafka: kafka.configOf(user), cleanup };
  await writeFile(configOf(user), stringify(config));
}

/** Runs a command as one user. */
async function as(user: User, ...args: string[]) {
  const result = await runInProcess([...args, '--config', configOf(user), '--log-level', 'debug']);
  printed.push(result.out, result.err);
  return result;
}

async function checked(user: User, part: string): Promise<Requirement[]> {
  const { out } = await as(user, 'check', '--for', part, '--json');
  return (JSON.parse(out) as Requirement[]).filter(({ ok }) => !ok);
}

describe('with TLS, logins and the least rights of deploy/', () => {
  it('the archive is made, captured, archived, watched and cleaned up', async () => {
    const made = await as('init', 'init', '--from', 'now');
    expect(made, made.err).toMatchObject({ status: 0 });
    await installation.database.query(
      rolesSql({ database: new URL(installation.databaseUrl).pathname.slice(1), nameOf }),
    );
    for (const part of ['capture', 'archive', 'cleanup'] as const)
      expect(await checked(part, part)).toEqual([]);
    follower = await installation.follow();
    const running = (['capture', 'archive'] as const).map((part) =>
      installation.start([part, '--config', configOf(part), '--log-level', 'debug']),
    );
    await installation.insertFiles(5);
    await follower.untilWatermark(await installation.serverTime());
    const status = await as('reader', 'status', '--json');
    expect(JSON.parse(status.out), status.out).toMatchObject({ problems: [] });
    expect(await as('reader', 'explain')).toMatchObject({ status: 0 });
    const events = await as('reader', 'events', '--from', 'start', '--until-idle');
    expect(events.out).toContain('shard');
    const cleaned = await as('cleanup', 'cleanup', '--once', '--json');
    expect(cleaned, cleaned.err).toMatchObject({ status: 0 });
    for (const child of running) {
      child.kill('SIGTERM');
      expect(await once(child, 'exit'), installation.logOf(child)).toEqual([0, null]);
      printed.push(installation.logOf(child));
    }
  });

  it('nothing that was printed holds a secret', () => {
    const text = printed.join('');
    expect(text).toContain('"level":"debug"');
    for (const secret of ['kafka-secret-', PASSWORD, 'tidemark@', 'PRIVATE KEY'])
      expect(text.split('\n').filter((line) => line.includes(secret))).toEqual([]);
  });
});
