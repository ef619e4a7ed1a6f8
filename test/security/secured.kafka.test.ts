import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createServer } from 'node:tls';
import kafkajs from 'kafkajs';
import type { AclEntry } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { Events } from '../../src/base/event-map.ts';
import { parseConfig } from '../../src/config/load-config.ts';
import { createKafkaClient } from '../../src/log/kafka-client.ts';
import type { KafkaSasl, KafkaTls } from '../../src/log/kafka-security.ts';
import { inspectListeners } from '../../src/log/listener-requirements.ts';
import { PartitionCommitter } from '../../src/log/partition-committer.ts';
import { TransactionalWriter } from '../../src/log/transactional-writer.ts';
import type { Requirement } from '../../src/model/requirement.ts';
import { PASSWORD, rolesSql } from '../cli/least-privilege.ts';
import type { Role } from '../cli/least-privilege.ts';
import { runInProcess } from '../cli/run-in-process.ts';
import type { EventFollower } from '../support/event-follower.ts';
import { Installation } from '../support/installation.ts';
import { Authority } from './certificates.ts';
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

/** What one run does with the rights of capture: takes the position over, and commits a mark with it. */
async function commitAsCapture(): Promise<void> {
  const { kafka: client, name } = await clientOf('capture');
  const writer = new TransactionalWriter({ kafka: client, name, tables: ['public.files'] });
  try {
    const position = (await writer.open())!;
    const { epoch, lsn } = position;
    const sequence = position.sequence + 1;
    const [time, clock] = [position.time!, position.time!];
    const mark = { epoch, lsn, sequence, tables: new Map([['public.files', { time, clock }]]) };
    await writer.write({ rows: [], mark, position: { ...position, sequence } });
  } finally {
    await writer.close();
  }
}

/** The same for the archive: takes a partition over, and commits where it stands with an event and a reject. */
async function commitAsArchive(): Promise<void> {
  const { kafka: client, name } = await clientOf('archive');
  const admin = client.admin();
  await admin.connect();
  const [groupId, topic] = [`${name}-archive`, `${name}.public.files`];
  const committer = new PartitionCommitter({ kafka: client, admin, groupId, topic, partition: 0 });
  try {
    const { progress } = await committer.open();
    const messages = ['shards', 'rejects'].map((what) => ({
      topic: `${name}.${what}`,
      key: 'k',
      value: '{}',
    }));
    await committer.commit({ messages, progress: progress! });
  } finally {
    await committer.close();
    await admin.disconnect();
  }
}

async function clientOf(user: User) {
  const text = await readFile(configOf(user), 'utf8');
  const { kafka: settings, name } = parseConfig({ text, path: user, env: {} });
  return { kafka: createKafkaClient({ ...settings, events: new Events() }), name };
}

describe('each right is needed', () => {
  /** What only looking needs, and is seen by `check`; the rest by what is done. */
  const LOOKING = new Set([kafkajs.AclOperationTypes.DESCRIBE, kafkajs.AclOperationTypes.DESCRIBE_CONFIGS]);

  function endingWithout(
    user: User,
    { resourceName, operation }: Pick<AclEntry, 'resourceName' | 'operation'>,
  ): unknown {
    if (LOOKING.has(operation)) return [expect.stringMatching(/^kafka\.acl$|^topic\..*\.acl$/)];
    // Its one right to the topic: without it the topic is not even seen.
    return user === 'capture' && resourceName.endsWith('.shards') ? 'ERR_TOPIC_INVALID' : 'ERR_PREREQUISITE';
  }

  it.each([
    ['capture', commitAsCapture],
    ['archive', commitAsArchive],
  ] as const)(
    'of %s: without it a commit is refused for good, or the check names it',
    async (user, commit) => {
      await commit();
      const rights = grants.filter(({ principal }) => principal === `User:${user}`);
      // For the metrics, which are asked for in the test of the whole.
      const own = rights.filter(({ resourceName }) => !resourceName.includes('-status-'));
      const endings: unknown[] = [];
      for (const right of own) {
        await kafka.deny(right);
        const ending = LOOKING.has(right.operation)
          ? (await checked(user, user)).map(({ name }) => name)
          : await commit().then(
              () => 'none',
              ({ code }: { code: string }) => code,
            );
        endings.push([right.resourceName, right.operation, ending]);
        await kafka.allow([right]);
      }
      const expected = own.map(({ resourceName, operation }) => [
        ...[resourceName, operation],
        endingWithout(user, { resourceName, operation }),
      ]);
      expect(endings).toEqual(expected);
    },
  );
});

describe('a broker that is spoken to wrongly', () => {
  /** Names and details of what `check` finds at one broker. */
  async function found(broker: string, given: { tls?: Partial<KafkaTls> | null; sasl?: KafkaSasl | null }) {
    const tls = { ca: kafka.authority.cert, cert: null, key: null, keyPasswordFile: null, servername: null };
    const security = {
      tls: given.tls === null ? null : { ...tls, ...given.tls },
      sasl: given.sasl === undefined ? LOGIN : given.sasl,
    };
    const all = await inspectListeners([broker], security);
    return all.map(({ ok, severity, detail }) => (ok ? 'ok' : `${severity}: ${detail}`)).join();
  }

  const LOGIN: KafkaSasl = {
    ...{ mechanism: 'scram-sha-512', username: 'capture', password: 'x', passwordFile: null },
  };

  it('is told by what is wrong', async () => {
    const port = kafka.broker.split(':')[1]!;
    const [plain] = kafka.server.brokers as [string];
    const stranger = new Authority(kafka.folder, 'stranger');
    expect(await found(kafka.broker, {})).toBe('ok');
    expect(await found(kafka.broker, { tls: { ca: stranger.cert } })).toMatch(/^error: .*authority/);
    expect(await found(kafka.broker, { tls: { servername: 'elsewhere' } })).toMatch(/^error: .*another name/);
    expect(await found(`127.0.0.1:${port}`, { tls: { servername: 'localhost' } })).toBe('ok');
    expect(await found(kafka.broker, { tls: null })).toMatch(/^error: the listener speaks TLS/);
    expect(await found(plain, {})).toMatch(/^error: .*does not speak TLS/);
    expect(await found(kafka.broker, { sasl: null })).toMatch(/^error: .*wants a login by SCRAM-SHA-512/);
    const other = { ...LOGIN, mechanism: 'scram-sha-256' as const };
    expect(await found(kafka.broker, { sasl: other })).toMatch(/not by SCRAM-SHA-256/);
    expect(await found(plain, { tls: null })).toMatch(/^error: the listener knows no login/);
    expect(await found(plain, { tls: null, sasl: null })).toBe('ok');
    expect(await found('127.0.0.1:1', {})).toBe('');
  });

  it('and wants a client certificate: with it the user is who it names', async () => {
    expect(await found(kafka.badgeBroker, { sasl: null })).toMatch(/^error: .*certificate/);
    const { cert, key } = kafka.authority.issue({ name: 'badge' });
    expect(await found(kafka.badgeBroker, { sasl: null, tls: { cert, key } })).toBe('ok');
  });

  it('has a certificate that has ended: that is told, and not waited for in silence', async () => {
    const { cert, key } = kafka.authority.issue({ name: 'ended', names: 'DNS:localhost', days: -1 });
    const server = createServer({ cert: await readFile(cert), key: await readFile(key) }, (socket) =>
      socket.destroy(),
    ).listen(0, 'localhost');
    await once(server, 'listening');
    const broker = `localhost:${(server.address() as AddressInfo).port}`;
    expect(await found(broker, {})).toMatch(/^error: the certificate of the server has expired/);
    const text = parse(await readFile(configOf('archive'), 'utf8')) as { kafka: object };
    const path = join(installation.folder, 'ended.yaml');
    await writeFile(path, stringify({ ...text, kafka: { ...text.kafka, brokers: [broker] } }));
    const [archive, explained] = await Promise.all(
      ['archive', 'explain'].map((command) => runInProcess([command, '--config', path])),
    );
    expect(archive).toMatchObject({
      status: 1,
      err: expect.stringMatching(/kafka.tls.*has expired/) as string,
    });
    expect(explained!.out).toMatch(/has expired/);
    server.close();
  });
});

describe('a user that may not', () => {
  it('is told by check: a password that is wrong, and topics that it may not see', async () => {
    expect((await checked('nobody', 'cleanup')).map(({ name }) => name)).toEqual(
      ['public.files', 'shards', 'rejects'].map((topic) => `topic.${installation.name}.${topic}.acl`),
    );
    const file = join(kafka.folder, 'nobody.password');
    await writeFile(file, 'forgotten\n');
    const [refused, ...others] = await checked('nobody', 'cleanup');
    expect(others).toEqual([]);
    expect(refused).toMatchObject({
      name: 'kafka.login',
      remedy: expect.stringContaining('kafka.sasl') as string,
    });
  });
});
