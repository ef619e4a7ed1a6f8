import type { Admin } from 'kafkajs';
import { TidemarkError } from '../base/errors.ts';

/** @throws TidemarkError ERR_GROUP_ACTIVE while the group has members. */
export async function requireNoMembers(admin: Admin, groupId: string): Promise<void> {
  const { groups } = await admin.describeGroups([groupId]);
  const members = groups.flatMap((group) => group.members);
  if (members.length === 0) return;
  const hosts = [...new Set(members.map(({ clientHost }) => clientHost.replace(/^\//, '')))].join(', ');
  throw new TidemarkError('ERR_GROUP_ACTIVE', {
    detail: `consumer group ${groupId} has ${members.length} ${members.length === 1 ? 'member' : 'members'} (on ${hosts})`,
  });
}
