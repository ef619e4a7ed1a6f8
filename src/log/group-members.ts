import kafkajs from 'kafkajs';
import type { Admin } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';

/** One process of a consumer group. */
export interface GroupMember {
  readonly memberId: string;
  readonly host: string;
  /** Partitions that it was given, by topic. */
  readonly partitions: ReadonlyMap<string, readonly number[]>;
}

export interface GroupState {
  /** As Kafka says it: `Stable`, `Empty`, `Dead`, `PreparingRebalance`, `CompletingRebalance`. */
  readonly state: string;
  readonly members: readonly GroupMember[];
}

/** Who is in a group now, and who reads what. A group that does not exist has no members. */
export async function readGroupState(admin: Admin, groupId: string): Promise<GroupState> {
  const { groups } = await admin.describeGroups([groupId]);
  const group = groups[0];
  if (group === undefined) return { state: 'Dead', members: [] };
  return {
    state: group.state,
    members: group.members.map(({ memberId, clientHost, memberAssignment }) => ({
      memberId,
      host: clientHost.replace(/^\//, ''),
      partitions: new Map(Object.entries(assignmentOf(memberAssignment))),
    })),
  };
}

/** Empty while the group is rebalancing. */
function assignmentOf(bytes: Buffer): Record<string, number[]> {
  if (bytes.length === 0) return {};
  return kafkajs.AssignerProtocol.MemberAssignment.decode(bytes)?.assignment ?? {};
}

/** @throws TidemarkError ERR_GROUP_ACTIVE while the group has members. */
export async function requireNoMembers(admin: Admin, groupId: string): Promise<void> {
  const { members } = await readGroupState(admin, groupId);
  if (members.length === 0) return;
  const hosts = [...new Set(members.map(({ host }) => host))].join(', ');
  throw new TidemarkError('ERR_GROUP_ACTIVE', {
    detail: `consumer group ${groupId} has ${members.length} ${members.length === 1 ? 'member' : 'members'} (on ${hosts})`,
  });
}
