import { entry } from './catalogue-entry.ts';
import type { CatalogueEntry } from './catalogue-entry.ts';

/** What can be wrong with the topics of Debezium's connector: a part of the error catalogue. */
export const DEBEZIUM_ERRORS = {
  ERR_DEBEZIUM_RECORD: entry(
    'A record of the connector’s topic is not what Debezium writes with the settings that Tidemark needs. Nothing behind it is read, and nothing is lost: it waits in its topic.',
    false,
    'Compare the connector with docs/debezium.md: JsonConverter, no transform that unwraps records, schemas where time.precision.mode is connect. One foreign record is passed over by moving the offset of group NAME-capture one further with `kafka-consumer-groups.sh --reset-offsets --to-offset` while capture is stopped.',
  ),
  ERR_DEBEZIUM_TRUNCATED: entry(
    'The connector’s topic no longer holds records that were not read yet: its retention is shorter than the outage, or it was made anew. The rows still stand in the table.',
    false,
    'In this order: stop capture; `kafka-consumer-groups.sh --reset-offsets --to-earliest --execute --group NAME-capture --topic TOPIC`; start capture; let the connector read the table again with an incremental snapshot (signal execute-snapshot). Duplicates are removed, and `tidemark reconcile` shows what is missing.',
  ),
} as const satisfies Record<string, CatalogueEntry>;
