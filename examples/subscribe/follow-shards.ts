/**
 * Follows an archive and counts what is in each shard, into a file of its own.
 *
 *   npx tsx examples/subscribe/follow-shards.ts BROKERS NAME SINK STORE.jsonl
 *
 * Each line of the file holds a shard and the position behind it, and the file says where to go on: each shard is in it
 * once, however often this program is killed.
 */
import { createSubscriber, openShard } from 'tidemark/client';
import { ShardStore } from './shard-store.ts';

const [brokers, name, sink, path] = process.argv.slice(2);
if (brokers === undefined || name === undefined || sink === undefined || path === undefined) {
  console.error('usage: follow-shards.ts BROKERS NAME SINK STORE.jsonl');
  process.exit(2);
}

/** For so long a killed member of the group keeps its place; brokers allow from 6 s on unless told otherwise. */
const sessionTimeoutMs = Number(process.env['SESSION_TIMEOUT_MS'] ?? 6_000);
const store = new ShardStore(path);
const subscriber = createSubscriber({
  kafka: { brokers: brokers.split(',') },
  ...{ name, groupId: `${name}-follow-shards`, from: 'beginning', sessionTimeoutMs },
  resumeAfter: () => store.position,
});
process.once('SIGTERM', () => void subscriber.close());

for await (const { value: event, position, done } of subscriber.shards()) {
  const { shard } = event.data;
  const opened = await openShard(sink, shard);
  await opened.verify();
  const uids: string[] = [];
  for await (const { uid } of opened.rows()) uids.push(uid);
  // After `tidemark adjust` an event may be told again: its id is the same.
  if (!store.has(event.id)) store.add({ position, id: event.id, name: shard.name, uids });
  await done();
  console.log(shard.name);
}
store.close();
