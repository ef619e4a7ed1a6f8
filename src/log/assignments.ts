import type { EachBatchPayload } from 'kafkajs';
import { offset } from '../model/offset.ts';
import type { Offset } from '../model/offset.ts';
import { newAssignment, placeKey, placeOf, tellPassed } from './assignment.ts';
import type { Assignment, Place } from './assignment.ts';
import type { PartitionHandler, PulledBatch } from './partition-handler.ts';
import type { Holding } from './sticky-assigner.ts';

/** What is asked of the consumer; a request that comes while it is no member of the group is void. */
export interface Fetching {
  pause(place: Place): void;
  resume(place: Place): void;
  seek(place: Place & { readonly offset: string }): void;
}

export interface AssignmentsOptions {
  readonly fetching: Fetching;
  readonly createHandler: (place: Place) => PartitionHandler;
  /** Takes what goes on by itself; its failure ends the consumer. */
  readonly inBackground: (act: () => Promise<void>) => void;
}

/** One batch under way and one ready behind it: the fetch of the next overlaps with the work. */
const PENDING_MAX = 2;

/**
 * The partitions of one member and their handlers.
 *
 * A partition is started before anything of it is fetched, and paused while its handler has two batches in hand.
 * A member that keeps a partition through a rebalance keeps its handler too, with all that it has gathered and the
 * seal that it has under way: nobody else can have had the partition meanwhile, and should somebody have had it,
 * the commit is fenced (docs/decisions/0041-a-kept-partition-keeps-its-handler.md).
 */
export class Assignments {
  readonly #options: AssignmentsOptions;
  #memberId: string | undefined;
  #byKey = new Map<string, Assignment>();
  #sinceMs = 0;
  #isEnding = false;

  constructor(options: AssignmentsOptions) {
    this.#options = options;
  }

  /** What this member has, to be told when it joins again. */
  get holding(): Holding {
    return { places: [...this.#byKey.values()].map(placeOf), sinceMs: this.#sinceMs };
  }

  /** Where reading of a partition goes on; undefined while its handler has not said so, or without the partition. */
  nextOf(place: Place): Offset | undefined {
    const assignment = this.#byKey.get(placeKey(place));
    return assignment?.ready === true ? assignment.next : undefined;
  }

  /** Fetches a partition from where its reading goes on, unless it waits for its handler. */
  fetchAgain(place: Place): void {
    const assignment = this.#byKey.get(placeKey(place));
    if (assignment?.ready === true && !this.#isEnding) this.#fetchFrom(assignment);
  }

  /** @param memberId another one than before says that the group had given this member up meanwhile. */
  join(memberId: string, places: readonly Place[]): void {
    const before = this.#byKey;
    const isSameMember = memberId === this.#memberId;
    this.#memberId = memberId;
    this.#sinceMs = Date.now();
    this.#byKey = new Map();
    for (const place of places) {
      const known = isSameMember ? before.get(placeKey(place)) : undefined;
      if (known === undefined) this.#begin(place);
      else {
        before.delete(placeKey(place));
        this.#byKey.set(placeKey(place), known);
        this.#goOn(known);
      }
    }
    for (const dropped of before.values()) this.#drop(dropped);
  }

  /** Must return quickly: it only hands over. */
  take(payload: EachBatchPayload): void {
    const { batch } = payload;
    const assignment = this.#byKey.get(placeKey(batch));
    if (assignment?.ready !== true || this.#isEnding) return;
    const { fetching, inBackground } = this.#options;
    // Fetched before the group joined anew, and handed over then already.
    if (offset(batch.messages[0]!.offset) < assignment.next) {
      fetching.seek({ ...placeOf(assignment), offset: String(assignment.next) });
      return;
    }
    payload.resolveOffset(batch.messages.at(-1)!.offset);
    assignment.next = offset(Number(batch.lastOffset()) + 1);
    if (++assignment.pending >= PENDING_MAX) fetching.pause(assignment);
    const before = assignment.tail;
    assignment.tail = before.then(() => this.#consume(assignment, { messages: batch.messages }));
    inBackground(() => assignment.tail);
  }

  /** The end of a fetched stretch: what stands before it and was not handed over is a transaction's marker. */
  passed({ lastOffset, ...place }: Place & { readonly lastOffset: string }): void {
    const assignment = this.#byKey.get(placeKey(place));
    if (assignment?.ready !== true) return;
    assignment.passed = offset(Number(lastOffset) + 1);
    tellPassed(assignment);
  }

  /** Takes nothing more, and lets every handler finish its unit. */
  async drain(): Promise<void> {
    this.#end();
    await Promise.allSettled([...this.#byKey.values()].map(({ handler }) => handler.drain()));
  }

  /** Takes nothing more, and abandons what is under way. */
  async revoke(): Promise<void> {
    this.#end();
    await Promise.allSettled([...this.#byKey.values()].map(({ handler }) => handler.revoke()));
  }

  #end(): void {
    this.#isEnding = true;
    for (const { retry } of this.#byKey.values()) clearTimeout(retry);
  }

  #begin(place: Place): void {
    const { fetching, createHandler, inBackground } = this.#options;
    fetching.pause(place);
    if (this.#isEnding) return;
    const assignment = newAssignment(place, createHandler(place));
    this.#byKey.set(placeKey(place), assignment);
    inBackground(() => this.#start(assignment));
  }

  #goOn(assignment: Assignment): void {
    if (assignment.ready) {
      this.#fetchFrom(assignment);
      if (assignment.pending >= PENDING_MAX) this.#options.fetching.pause(assignment);
      return;
    }
    this.#options.fetching.pause(assignment);
    if (assignment.retry !== undefined) this.#startNow(assignment);
  }

  #drop(assignment: Assignment): void {
    assignment.revoked = true;
    clearTimeout(assignment.retry);
    this.#options.inBackground(() => assignment.handler.revoke());
  }

  async #start(assignment: Assignment): Promise<void> {
    try {
      const from = await assignment.handler.start();
      if (assignment.revoked || this.#isEnding) return;
      assignment.next = assignment.passed = from;
      assignment.ready = true;
      this.#fetchFrom(assignment);
    } catch (error) {
      this.#startLater(assignment, error);
    }
  }

  #fetchFrom(assignment: Assignment): void {
    const { fetching } = this.#options;
    fetching.seek({ ...placeOf(assignment), offset: String(assignment.next) });
    fetching.resume(assignment);
  }

  /** A batch that was queued when the handler failed is dropped: the new start reads it again. */
  async #consume(assignment: Assignment, batch: PulledBatch): Promise<void> {
    if (assignment.ready && !assignment.revoked && !this.#isEnding) {
      try {
        await assignment.handler.consume(batch);
      } catch (error) {
        assignment.pending--;
        this.#startLater(assignment, error);
        return;
      }
    }
    assignment.pending--;
    if (!assignment.ready || assignment.revoked || this.#isEnding) return;
    tellPassed(assignment);
    this.#options.fetching.resume(assignment);
  }

  /** A failed partition starts anew from what is committed; only its handler may decide that the process ends. */
  #startLater(assignment: Assignment, error: unknown): void {
    if (assignment.revoked || this.#isEnding) return;
    assignment.ready = false;
    this.#options.fetching.pause(assignment);
    const { delayMs } = assignment.handler.onFailure(error);
    assignment.retry = setTimeout(() => this.#startNow(assignment), delayMs);
  }

  #startNow(assignment: Assignment): void {
    clearTimeout(assignment.retry);
    assignment.retry = undefined;
    if (assignment.revoked || this.#isEnding) return;
    this.#options.inBackground(() => this.#start(assignment));
  }
}
