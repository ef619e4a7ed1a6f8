import type { Micros } from '../../model/micros.ts';

/** What one record of the connector says of how far the connector has come. */
export type ProgressNote =
  | {
      /** It came out of the WAL: everything that was committed before it was sent before it. */
      readonly kind: 'streamed';
      readonly committedAt: Micros;
      readonly sentAt: Micros;
    }
  | {
      /** A row that was there already when the connector took its snapshot. */
      readonly kind: 'snapshot';
      /** The same of all rows of one snapshot. */
      readonly takenAt: Micros;
      readonly sentAt: Micros;
      /** The last one of its table. */
      readonly isLast: boolean;
    }
  | {
      /** `heartbeat.interval.ms`: the connector lives. How far it has come it does not say. */
      readonly kind: 'heartbeat';
      readonly sentAt: Micros;
    };
