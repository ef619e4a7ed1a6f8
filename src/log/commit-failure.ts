import { causes, protocolTypeOf } from './fencing.ts';
import { isKafkaOutage, NotAMember } from './kafka-outage.ts';

/** The group is joining anew. Whether a partition is still ours is told by the join, not by this. */
const REJOINING = new Set(['REBALANCE_IN_PROGRESS', 'ILLEGAL_GENERATION', 'UNKNOWN_MEMBER_ID']);

/** True when a commit of a group's member may succeed when it is tried again. */
export function isPassingCommitFailure(error: unknown): boolean {
  if (isKafkaOutage(error) || REJOINING.has(protocolTypeOf(error) ?? '')) return true;
  for (const step of causes(error)) if (step instanceof NotAMember) return true;
  return false;
}
