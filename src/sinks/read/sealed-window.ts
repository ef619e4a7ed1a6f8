import { sealBaseName } from '../../model/shard.ts';
import type { SealName } from '../../model/shard.ts';
import type { Sink } from '../sink.ts';
import { MANIFEST_SUFFIX } from './manifests.ts';

/** True when any manifest of this window and partition is there. */
export async function hasManifest(sink: Sink, name: SealName): Promise<boolean> {
  const base = sealBaseName(name);
  for await (const key of sink.list(base)) {
    // `p1of4` also begins `p1of40`.
    const isOwn = /^[.-]/.test(key.slice(base.length));
    if (isOwn && key.endsWith(MANIFEST_SUFFIX)) return true;
  }
  return false;
}
