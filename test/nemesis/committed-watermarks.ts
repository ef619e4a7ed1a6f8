import type { Admin } from 'kafkajs';

/** One partition's progress, as the group's offset metadata says it. */
export interface CommittedWatermark {
  readonly offset: number;
  readonly watermarkMicros: number;
}

/** The format stands in the metadata itself; it is read here by other code than the product's. */
export async function readCommittedWatermarks(
  admin: Admin,
  place: { readonly groupId: string; readonly topic: string },
): Promise<Map<number, CommittedWatermark>> {
  const [found] = await admin.fetchOffsets({ groupId: place.groupId, topics: [place.topic] });
  const watermarks = new Map<number, CommittedWatermark>();
  for (const { partition, offset, metadata } of found?.partitions ?? []) {
    if (offset === '-1') continue;
    const { watermark } = JSON.parse(metadata ?? '{}') as { watermark?: unknown };
    if (typeof watermark !== 'number')
      throw new Error(`the metadata of partition ${partition} has no watermark: ${metadata}`);
    watermarks.set(partition, { offset: Number(offset), watermarkMicros: watermark });
  }
  return watermarks;
}
