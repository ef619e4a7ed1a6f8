import kafkajs from 'kafkajs';
import type { Admin, Kafka } from 'kafkajs';
import { formatDuration } from '../base/units.ts';
import { MICROS_PER_MS } from '../model/micros.ts';
import type { Requirement } from '../model/requirement.ts';
import { withAdmin } from './with-admin.ts';

/**
 * What the brokers must allow a group: the session timeout that is configured. Brokers that show their
 * configuration to administrators only are taken at their word; they refuse the group then, with the same reason.
 *
 * @throws TidemarkError ERR_KAFKA_UNREACHABLE.
 */
export async function inspectBrokers(
  kafka: Kafka,
  wanted: { readonly sessionTimeoutMs: number },
): Promise<Requirement[]> {
  return withAdmin(kafka, async (admin) => {
    const limits = await readSessionLimits(admin);
    return limits === null ? [] : [sessionRequirement(wanted.sessionTimeoutMs, limits)];
  });
}

interface SessionLimits {
  readonly minMs: number;
  readonly maxMs: number;
}

function sessionRequirement(sessionTimeoutMs: number, { minMs, maxMs }: SessionLimits): Requirement {
  const ok = sessionTimeoutMs >= minMs && sessionTimeoutMs <= maxMs;
  return {
    name: 'kafka.session-timeout',
    ok,
    severity: 'error',
    detail: `archive.sessionTimeout is ${text(sessionTimeoutMs)}, the brokers allow ${text(minMs)} to ${text(maxMs)}`,
    remedy: ok
      ? null
      : `set archive.sessionTimeout between ${text(minMs)} and ${text(maxMs)}, or change ${sessionTimeoutMs < minMs ? 'group.min.session.timeout.ms' : 'group.max.session.timeout.ms'} of the brokers`,
  };
}

/** Null when we may not see it. */
async function readSessionLimits(admin: Admin): Promise<SessionLimits | null> {
  const { brokers } = await admin.describeCluster();
  const [minName, maxName] = ['group.min.session.timeout.ms', 'group.max.session.timeout.ms'];
  try {
    const { resources } = await admin.describeConfigs({
      includeSynonyms: false,
      resources: [
        {
          type: kafkajs.ConfigResourceTypes.BROKER,
          name: String(brokers[0]?.nodeId),
          configNames: [minName, maxName],
        },
      ],
    });
    const entries = resources[0]?.configEntries ?? [];
    const read = (name: string): number =>
      Number(entries.find(({ configName }) => configName === name)?.configValue);
    const limits = { minMs: read(minName), maxMs: read(maxName) };
    return Number.isFinite(limits.minMs) && Number.isFinite(limits.maxMs) ? limits : null;
  } catch (error) {
    if ((error as { type?: unknown }).type === 'CLUSTER_AUTHORIZATION_FAILED') return null;
    throw error;
  }
}

function text(ms: number): string {
  return formatDuration(ms * MICROS_PER_MS);
}
