import type { Trouble } from '../base/trouble.ts';
import { formatMicros } from '../model/micros.ts';
import type { Micros } from '../model/micros.ts';
import type { EventOf } from './event-contract.ts';
import type { OutgoingMessage } from './outgoing.ts';

/** What `tidemark.partition.failed.v1` says (event-contract.ts). */
export interface ReportedTrouble extends Trouble {
  readonly table: string;
  readonly partition: number;
  /** `host:pid` of the process. */
  readonly process: string;
}

/** Under the key of the partition's other events, so that a reader sees whether a commit came after it. */
export function writeTroubleEvent(options: {
  readonly name: string;
  readonly topic: string;
  readonly trouble: ReportedTrouble;
  readonly time: Micros;
}): OutgoingMessage {
  const { name, topic, trouble, time } = options;
  const { table, partition } = trouble;
  const event: EventOf<'tidemark.partition.failed.v1'> = {
    specversion: '1.0',
    id: `${table}/${partition}!${trouble.process}@${time}`,
    source: `/tidemark/${name}/${table}`,
    type: 'tidemark.partition.failed.v1',
    subject: `${table}/${partition}`,
    time: formatMicros(time),
    datacontenttype: 'application/json',
    data: { ...trouble },
  };
  return { topic, key: `${table}/${partition}`, value: JSON.stringify(event) };
}
