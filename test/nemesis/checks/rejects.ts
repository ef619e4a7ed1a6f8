import { fateOf } from '../fates.ts';
import type { FoundManifest } from '../manifests-on-disk.ts';
import type { TableRow } from '../source-table.ts';
import type { PoisonedOffset } from '../world.ts';
import type { Finding } from './finding.ts';
import type { PublishedEvent } from './published-events.ts';

/** The rejects are the rows that were made bad and the messages that were made poison: each once, with its reason. */
export function checkRejects(options: {
  readonly table: readonly TableRow[];
  readonly poisoned: readonly PoisonedOffset[];
  readonly events: readonly PublishedEvent[];
  readonly manifests: readonly FoundManifest[];
}): Finding[] {
  const wanted = new Map<string, string>();
  for (const { uid } of options.table) {
    const reason = fateOf(uid).rejectedAs;
    if (reason !== null) wanted.set(uid, reason);
  }
  for (const place of options.poisoned) wanted.set(placeOf(place), 'record_invalid');
  const [missing, unknown]: string[][] = [[], []];
  const published = new Map<string, string>();
  for (const { data } of options.events) {
    const key = typeof data['uid'] === 'string' ? data['uid'] : placeOf(data as unknown as PoisonedOffset);
    const reason = String(data['reason']);
    if (published.has(key)) unknown!.push(`${key} is published twice`);
    published.set(key, reason);
    if (wanted.get(key) !== reason)
      unknown!.push(`${key} is rejected as ${reason}, expected: ${wanted.get(key) ?? 'archived'}`);
  }
  for (const [key, reason] of wanted) {
    if (!published.has(key)) missing!.push(`${key} was to be rejected as ${reason}`);
  }
  for (const { name, rejects } of options.manifests) {
    for (const { uid, reason } of rejects)
      if (published.get(uid) !== reason)
        unknown!.push(`${name} lists ${uid} as ${reason}, which no event says`);
  }
  return [
    { what: 'rejects missing', problems: missing! },
    { what: 'rejects that were not made bad', problems: unknown! },
  ];
}

function placeOf({ partition, offset }: PoisonedOffset): string {
  return `partition ${partition} offset ${offset}`;
}
