import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import kafkajs from 'kafkajs';
import type { AclEntry, AclOperationTypes, AclResourceTypes, Admin } from 'kafkajs';
import { REPOSITORY } from '../support/repository.ts';
import { freePorts } from '../support/services/free-port.ts';
import { startLocalKafka } from '../support/services/local-kafka.ts';
import type { LocalKafka } from '../support/services/local-kafka.ts';
import { Authority, joined } from './certificates.ts';

/** The users of the broker; the password of each stands in no other text. */
const USERS = ['init', 'capture', 'archive', 'reader', 'cleanup', 'billing', 'nobody'] as const;
export type User = (typeof USERS)[number];

function passwordOf(user: User): string {
  return `kafka-secret-${user}`;
}

/** A broker that denies what no ACL allows, by SCRAM over TLS and by client certificates; tests administrate it plainly. */
export class SecuredKafka {
  readonly authority: Authority;
  readonly server: LocalKafka;
  readonly admin: Admin;
  readonly folder: string;
  /** SASL_SSL. */
  readonly broker: string;
  /** TLS with client certificates. */
  readonly badgeBroker: string;

  private constructor(parts: {
    authority: Authority;
    server: LocalKafka;
    admin: Admin;
    folder: string;
    ports: readonly number[];
  }) {
    ({ authority: this.authority, server: this.server, admin: this.admin, folder: this.folder } = parts);
    [this.broker, this.badgeBroker] = parts.ports.map((port) => `localhost:${port}`) as [string, string];
  }

  static async start(): Promise<SecuredKafka> {
    const folder = mkdtempSync(join(tmpdir(), 'tidemark-secured-'));
    const authority = new Authority(folder, 'kafka-authority');
    const store = joined(
      authority.issue({ name: 'broker', names: 'DNS:localhost' }),
      join(folder, 'broker.pem'),
    );
    const ports = await freePorts(2);
    const server = await startLocalKafka({
      scram: USERS.map((user) => `SCRAM-SHA-512=[name=${user},password=${passwordOf(user)}]`),
      properties: ({ listen, controller }) => ({
        listeners: `PLAINTEXT://${listen},CONTROLLER://${controller},SASL_SSL://localhost:${ports[0]},SSL://localhost:${ports[1]}`,
        'advertised.listeners': `PLAINTEXT://${listen},SASL_SSL://localhost:${ports[0]},SSL://localhost:${ports[1]}`,
        'listener.security.protocol.map':
          'CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL',
        'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
        'listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config':
          'org.apache.kafka.common.security.scram.ScramLoginModule required;',
        'ssl.keystore.type': 'PEM',
        'ssl.keystore.location': store,
        'ssl.truststore.type': 'PEM',
        'ssl.truststore.location': authority.cert,
        'listener.name.ssl.ssl.client.auth': 'required',
        'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
        'super.users': 'User:ANONYMOUS',
      }),
    });
    const kafka = new kafkajs.Kafka({ brokers: [...server.brokers], logLevel: kafkajs.logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    return new SecuredKafka({ authority, server, admin, folder, ports });
  }

  /** The `kafka` section of a configuration for one user. */
  configOf(user: User): Record<string, unknown> {
    const passwordFile = join(this.folder, `${user}.password`);
    writeFileSync(passwordFile, `${passwordOf(user)}\n`, { mode: 0o600 });
    return {
      brokers: [this.broker],
      ssl: { caFile: this.authority.cert },
      sasl: { mechanism: 'scram-sha-512', username: user, passwordFile },
    };
  }

  /** What deploy/kafka/acls.sh asks of kafka-acls.sh, which a script that only writes it down stands in for. */
  grants(variables: Record<string, string>): AclEntry[] {
    const [tool, asked] = [join(this.folder, 'kafka-acls.sh'), join(this.folder, 'asked')];
    writeFileSync(tool, `#!/bin/sh\nprintf '%s\\n' "$*" >>'${asked}'\n`, { mode: 0o755 });
    execFileSync('sh', [join(REPOSITORY, 'deploy/kafka/acls.sh')], {
      env: { ...process.env, KAFKA_ACLS: tool, BOOTSTRAP: 'none:1', ...variables },
    });
    return readFileSync(asked, 'utf8').trim().split('\n').flatMap(entriesOf);
  }

  async allow(acl: readonly AclEntry[]): Promise<void> {
    await this.admin.createAcls({ acl: [...acl] });
    for (const entry of acl) while (!(await this.#has(entry)));
  }

  /** Takes one right away; resolves when the broker denies it. */
  async deny(entry: AclEntry): Promise<void> {
    await this.admin.deleteAcls({ filters: [entry] });
    while (await this.#has(entry));
  }

  async stop(): Promise<void> {
    await this.admin.disconnect();
    await this.server.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #has(entry: AclEntry): Promise<boolean> {
    const { resources } = await this.admin.describeAcls(entry);
    return resources.length > 0;
  }
}

const RESOURCES: Readonly<Record<string, AclResourceTypes>> = {
  '--topic': kafkajs.AclResourceTypes.TOPIC,
  '--group': kafkajs.AclResourceTypes.GROUP,
  '--transactional-id': kafkajs.AclResourceTypes.TRANSACTIONAL_ID,
};

const OPERATIONS: Readonly<Record<string, AclOperationTypes>> = {
  Read: kafkajs.AclOperationTypes.READ,
  Write: kafkajs.AclOperationTypes.WRITE,
  Create: kafkajs.AclOperationTypes.CREATE,
  Delete: kafkajs.AclOperationTypes.DELETE,
  Describe: kafkajs.AclOperationTypes.DESCRIBE,
  DescribeConfigs: kafkajs.AclOperationTypes.DESCRIBE_CONFIGS,
  AlterConfigs: kafkajs.AclOperationTypes.ALTER_CONFIGS,
};

/** One call of the tool: each resource with each operation. */
function entriesOf(line: string): AclEntry[] {
  const words = line.split(' ');
  const after = (option: string): string[] =>
    words.flatMap((word, index) => (word === option ? [words[index + 1]!] : []));
  const isPrefixed = after('--resource-pattern-type')[0] === 'prefixed';
  return Object.keys(RESOURCES).flatMap((option) =>
    after(option).flatMap((resourceName) =>
      after('--operation').map((operation) => ({
        resourceType: RESOURCES[option]!,
        resourceName,
        resourcePatternType: isPrefixed
          ? kafkajs.ResourcePatternTypes.PREFIXED
          : kafkajs.ResourcePatternTypes.LITERAL,
        principal: after('--allow-principal')[0]!,
        host: '*',
        operation: OPERATIONS[operation]!,
        permissionType: kafkajs.AclPermissionTypes.ALLOW,
      })),
    ),
  );
}
