import type { Fault } from './fault.ts';
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

/** Everything that can go wrong in a run; `--only` takes these names. */
export const FAULTS: readonly Fault[] = [
  ...[killCapture, killArchive, hardStop, pauseCapture, pauseArchive, failpointCapture, failpointArchive],
  ...[rebalance, rollingRestart, kafkaHalt, kafkaKill, kafkaPause, postgresHalt, postgresKill],
  ...[terminateBackends, replicationCut, replicationStall, sinkFull, sinkReadOnly, badRows, bulkInsert],
  ...[poison, powerCut],
];
