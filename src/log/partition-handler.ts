import type { KafkaMessage } from 'kafkajs';
import type { Offset } from '../model/offset.ts';

/** What one fetch brought of one partition. */
export interface PulledBatch {
  readonly messages: readonly KafkaMessage[];
}

/** One assigned partition, from assignment to revocation. The consumer pulls only while it is not busy. */
export interface PartitionHandler {
  /** Fences, restores, and says where reading begins. Called again after {@link onFailure} allowed another try. */
  start(): Promise<Offset>;
  /** Resolves when everything in the batch is gathered, sealed and committed as far as it was due. */
  consume(batch: PulledBatch): Promise<void>;
  /** While no batch is in hand: everything before this offset was consumed, or is no record. */
  passed?(next: Offset): void;
  /** @returns how long to wait before the partition starts anew; throws what ends the process. */
  onFailure(error: unknown): { readonly delayMs: number };
  /** Revoked: abandon what is under way at once. */
  revoke(): Promise<void>;
  /** Shutdown: finish the unit under way, take nothing more. */
  drain(): Promise<void>;
}
