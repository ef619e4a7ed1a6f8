import { messageOf, TidemarkError } from '../base/errors.ts';
import { tlsFaultOf } from '../base/tls-fault.ts';
import { causes } from './fencing.ts';
import { KAFKA_REFUSALS, refusalOf } from './kafka-refusals.ts';

/**
 * Gives what KafkaJS rejects with its place in the catalogue, when it is known to be about rights, logins or
 * certificates: these are told by name wherever they turn up.
 *
 * @param step what was being done; empty when that says nothing.
 */
export function knownFailure(step: string, cause: unknown): TidemarkError | undefined {
  const prefix = step === '' ? '' : `${step}: `;
  for (const link of causes(cause)) {
    if (link instanceof TidemarkError) return link;
    const refusal = refusalOf(link);
    if (refusal !== undefined) {
      const detail = `${prefix}the brokers refuse: ${messageOf(link)} (${refusal})`;
      return new TidemarkError('ERR_PREREQUISITE', { detail, remedy: KAFKA_REFUSALS[refusal]!, cause });
    }
    const fault = tlsFaultOf(link);
    if (fault !== undefined) {
      const { detail, remedy } = fault;
      return new TidemarkError('ERR_TLS_REFUSED', { detail: `${prefix}kafka: ${detail}`, remedy, cause });
    }
  }
  return undefined;
}

/** The same, where anything else means that no broker answers. */
export function kafkaFailure(step: string, cause: unknown): TidemarkError {
  const known = knownFailure(step, cause);
  if (known !== undefined) return known;
  const prefix = step === '' ? '' : `${step}: `;
  return new TidemarkError('ERR_KAFKA_UNREACHABLE', { detail: `${prefix}${messageOf(cause)}`, cause });
}
