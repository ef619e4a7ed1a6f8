import type { Cause } from './explanation.ts';
import type { Facts } from './facts.ts';

/** Postgres, Kafka and the topics: without them little else can be known. Pure. */
export function serverCauses({ postgres, kafka, tables }: Facts): Cause[] {
  const whole = { table: null, partition: null };
  const causes: Cause[] = [];
  if ('problem' in postgres) {
    const { code, detail, remedy } = postgres.problem;
    const text = `${detail} (${code}): nothing is captured, and archived_until does not follow`;
    causes.push({ ...whole, code: 'postgres-away', holds: true, detail: text, remedy });
  }
  if ('problem' in kafka) {
    const { code, detail, remedy } = kafka.problem;
    causes.push({ ...whole, code: 'kafka-away', holds: true, detail: `${detail} (${code})`, remedy });
    return causes;
  }
  for (const { name, detail, remedy } of kafka.value.unmet)
    causes.push({
      ...whole,
      code: 'topic-invalid',
      holds: true,
      detail: `${name}: ${detail}`,
      remedy: remedy ?? 'tidemark check',
    });
  for (const { table, problem } of tables) {
    if (problem === null || problem.code === 'ERR_TOPIC_INVALID') continue;
    const { code, detail, remedy } = problem;
    causes.push({
      ...{ code: 'progress-unreadable', table, partition: null, holds: true },
      detail: `${detail} (${code})`,
      remedy,
    });
  }
  return causes;
}
