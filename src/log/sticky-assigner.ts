import kafkajs from 'kafkajs';
import type { GroupMember, PartitionAssigner } from 'kafkajs';
import type { Place } from './assignment.ts';
import { computeSoleAssignment } from './sole-assignment.ts';
import { computeStickyAssignment } from './sticky-assignment.ts';
import type { Claimant } from './sticky-assignment.ts';

const { MemberMetadata, MemberAssignment } = kafkajs.AssignerProtocol;

/** Of the form of what members tell each other. */
const VERSION = 1;

/** What a member has, and since when. */
export interface Holding {
  readonly places: readonly Place[];
  readonly sinceMs: number;
}

/** How the partitions are given out. */
type Share = (claimants: readonly Claimant[], partitions: readonly Place[]) => Map<string, Place[]>;

/**
 * KafkaJS's way of asking who gets what, answered by {@link computeStickyAssignment}: each member tells, when it
 * joins, what it has.
 */
export function stickyAssigner(holding: () => Holding): PartitionAssigner {
  return assigner('TidemarkSticky', computeStickyAssignment, holding);
}

/** One member gets everything, the others stand by: {@link computeSoleAssignment}. */
export function soleAssigner(holding: () => Holding): PartitionAssigner {
  return assigner('TidemarkSole', computeSoleAssignment, holding);
}

function assigner(name: string, share: Share, holding: () => Holding): PartitionAssigner {
  return ({ cluster }) => ({
    name,
    version: VERSION,
    protocol: ({ topics }) => ({
      name,
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: encodeHolding(holding()) }),
    }),
    assign: ({ members, topics }) => {
      const partitions = topics.flatMap((topic) =>
        cluster.findTopicPartitionMetadata(topic).map(({ partitionId: partition }) => ({ topic, partition })),
      );
      const shares = share(members.map(readClaim), partitions);
      const assigned = [...shares].map(([memberId, places]) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: VERSION,
          assignment: byTopic(places),
          userData: Buffer.alloc(0),
        }),
      }));
      return Promise.resolve(assigned);
    },
  });
}

function encodeHolding({ places, sinceMs }: Holding): Buffer {
  return Buffer.from(JSON.stringify({ since: sinceMs, owned: byTopic(places) }));
}

/** A claim that cannot be read is no claim: its member begins with nothing, which costs time only. */
function readClaim({ memberId, memberMetadata }: GroupMember): Claimant {
  try {
    const userData = MemberMetadata.decode(memberMetadata)?.userData ?? Buffer.alloc(0);
    const { since, owned } = JSON.parse(userData.toString()) as { since: unknown; owned: unknown };
    const places = Object.entries(owned as Record<string, unknown>).flatMap(([topic, partitions]) =>
      (partitions as unknown[]).map((partition) => ({ topic, partition: Number(partition) })),
    );
    return { memberId, owned: places, ownedSinceMs: Number(since) || 0 };
  } catch {
    return { memberId, owned: [], ownedSinceMs: 0 };
  }
}

function byTopic(places: readonly Place[]): Record<string, number[]> {
  const topics: Record<string, number[]> = {};
  for (const { topic, partition } of places) (topics[topic] ??= []).push(partition);
  return topics;
}
