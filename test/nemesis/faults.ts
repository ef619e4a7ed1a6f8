import type { Fault } from './fault.ts';
import { bucketCuts, bucketDamage, bucketKill, bucketSlowDown } from './faults/bucket-faults.ts';
import { failpointArchive, failpointCapture } from './faults/failpoints.ts';
import { kafkaHalt, kafkaKill, kafkaPause } from './faults/kafka-faults.ts';
import { hardStop, killArchive, killCapture } from './faults/kills.ts';
import { pauseArchive, pauseCapture } from './faults/pauses.ts';
import { poison } from './faults/poison.ts';
import { postgresHalt, postgresKill, terminateBackends } from './faults/postgres-faults.ts';
import { powerCut } from './faults/power-cut.ts';
import { rebalance, rollingRestart } from './faults/rebalances.ts';
import { replicationCut, replicationStall } from './faults/replication-faults.ts';
import { badRows, bulkInsert } from './faults/row-faults.ts';
import { sinkFull, sinkReadOnly } from './faults/sink-faults.ts';

const ON_A_DISK = [sinkFull, sinkReadOnly];
const IN_A_BUCKET = [bucketKill, bucketSlowDown, bucketCuts, bucketDamage];

/** Everything that can go wrong in a run with a sink on a disk; `--only` takes these names. */
export const FAULTS: readonly Fault[] = [
  ...[killCapture, killArchive, hardStop, pauseCapture, pauseArchive, failpointCapture, failpointArchive],
  ...[rebalance, rollingRestart, kafkaHalt, kafkaKill, kafkaPause, postgresHalt, postgresKill],
  ...[terminateBackends, replicationCut, replicationStall, ...ON_A_DISK, badRows, bulkInsert],
  ...[poison, powerCut],
];

/** The same with a sink in a bucket. */
export const FAULTS_IN_A_BUCKET: readonly Fault[] = [
  ...FAULTS.filter((fault) => !ON_A_DISK.includes(fault)),
  ...IN_A_BUCKET,
];
