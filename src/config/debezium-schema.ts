import * as z from 'zod';

const topicName = z
  .string()
  .regex(/^[A-Za-z0-9._-]{1,249}$/, 'the name of a topic was expected: letters, digits, `.`, `_` and `-`');

/** The topic of one table, where a transform of the connector gives it another name. */
export const debeziumTopicSchema = topicName.describe(
  'Topic to which Debezium writes the table. Default: `<topicPrefix>.<schema>.<table>`. Read only with `debezium`.',
);

export const debeziumSchema = z
  .strictObject({
    topicPrefix: topicName.describe('`topic.prefix` of the connector.'),
    heartbeatTopics: z
      .array(topicName)
      .describe(
        'Topics of the connector that are read for their times alone: its heartbeats, its messages of `pg_logical_emit_message`, a table that heartbeats are written to. Default: `__debezium-heartbeat.<topicPrefix>`.',
      )
      .optional(),
  })
  .describe(
    'Debezium’s connector as the source: its topics are archived, and neither slot nor publication of ours is made ([Debezium](debezium.md)). Without this key capture reads Postgres itself.',
  );
