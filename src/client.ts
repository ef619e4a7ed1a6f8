/**
 * For programs that react to an archive: follow what it announces, and read what it has stored. Needs Kafka and the sink,
 * and neither Postgres nor a configuration file.
 *
 * @module tidemark/client
 */
export { createSubscriber } from './client/subscriber.ts';
export type {
  DeliveryStream,
  RecordRejected,
  ShardCreated,
  Subscriber,
  WindowSealed,
} from './client/subscriber.ts';
export type {
  StreamBeginning,
  StreamName,
  SubscriberKafka,
  SubscriberOptions,
} from './client/subscriber-options.ts';
export type { Delivery } from './client/delivery.ts';
export type { WatermarkMoved } from './client/watermark-fold.ts';
export type { WindowArchived } from './client/windows-fold.ts';
export { openShard } from './client/open-shard.ts';
export type { AnnouncedShard, OpenShard, ShardFile, ShardRow } from './client/open-shard.ts';
export { openSink } from './sinks/open-sink.ts';
export type { OpenSinkOptions } from './sinks/open-sink.ts';
export type { ByteRange, PutOutcome, Sink, SinkFile, StoredFile } from './sinks/sink.ts';
export { listManifests } from './sinks/read/manifests.ts';
export type { ManifestQuery, NamedManifest } from './sinks/read/manifests.ts';
export { TidemarkError } from './base/errors.ts';
export type { ErrorCode, TidemarkErrorOptions } from './base/errors.ts';
export type { Ledger } from './model/ledger.ts';
export type { Manifest } from './model/manifest.ts';
export type { Offset } from './model/offset.ts';
export type { Reject, RejectReason } from './model/row.ts';
export type { SealKind, ShardInfo } from './model/shard.ts';
export type { Window } from './model/window.ts';
export { formatMicros, micros, parseMicros } from './model/micros.ts';
export type { Micros } from './model/micros.ts';
