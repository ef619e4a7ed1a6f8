import type { FoundManifest } from '../manifests-on-disk.ts';
import type { Finding } from './finding.ts';
import type { PublishedEvent } from './published-events.ts';

/** A read-committed consumer sees each event once, and events and disk name the same seals and shards. */
export function checkEvents(options: {
  readonly events: readonly PublishedEvent[];
  readonly rejectEvents: readonly PublishedEvent[];
  readonly manifests: readonly FoundManifest[];
}): Finding[] {
  const all = [...options.events, ...options.rejectEvents];
  const seen = new Set<string>();
  const twice = all.filter(({ id }) => seen.size === seen.add(id).size).map(({ id }) => id);
  const ofType = (type: string): PublishedEvent[] => options.events.filter((event) => event.type === type);
  const shards = ofType('tidemark.shard.created.v1').map(({ data }) => {
    const { name, sha256 } = data['shard'] as { name: string; sha256: string };
    return `${name} ${sha256}`;
  });
  const seals = ofType('tidemark.window.sealed.v1').map(({ data }) => String(data['manifest']));
  const onDisk = options.manifests.flatMap((manifest) => manifest.shards);
  return [
    { what: 'events twice', problems: twice },
    {
      what: 'shards and seals announced or on the disk, but not both',
      problems: [
        ...differences(
          shards,
          onDisk.map(({ name, sha256 }) => `${name} ${sha256}`),
        ),
        ...differences(
          seals,
          options.manifests.map(({ name }) => name),
        ),
      ],
    },
  ];
}

function differences(announced: readonly string[], stored: readonly string[]): string[] {
  const [left, right] = [new Set(announced), new Set(stored)];
  return [
    ...[...left].filter((name) => !right.has(name)).map((name) => `announced, not on the disk: ${name}`),
    ...[...right].filter((name) => !left.has(name)).map((name) => `on the disk, not announced: ${name}`),
  ];
}
