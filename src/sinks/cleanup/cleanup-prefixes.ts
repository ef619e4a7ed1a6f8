import { parseS3Address } from '../../base/s3-address.ts';
import type { S3Address } from '../../base/s3-address.ts';
import type { KeptReason } from '../../model/cleanup.ts';
import { isObjectLocation, objectPlace } from '../pack/object-place.ts';
import type { ObjectPlace } from '../pack/object-place.ts';

/** Where objects may be removed. */
export interface CleanupPrefixes {
  /** All prefixes of buckets among the table's roots. */
  readonly source: readonly S3Address[];
  /** Those of them in which objects may be removed. */
  readonly cleaned: ReadonlySet<S3Address>;
  /** The archive itself: nothing below is touched, even below a root. */
  readonly barred: readonly S3Address[];
}

/** The counterpart of `resolveCleanupRoots`; all of it is text, so nothing has to be asked. */
export function readCleanupPrefixes(options: {
  readonly sourceRoots: readonly string[];
  readonly cleanupRoots: readonly string[];
  /** Addresses in which nothing may be touched; folders among them are passed over. */
  readonly barred: readonly string[];
}): CleanupPrefixes {
  const roots = options.sourceRoots.flatMap((text) =>
    addressesIn([text]).map((address) => ({ address, isListed: options.cleanupRoots.includes(text) })),
  );
  const isSpared = (address: S3Address) =>
    roots.some((root) => !root.isListed && isSamePrefix(root.address, address));
  const source = roots.map(({ address }) => address);
  // Two spellings of one prefix, of which only one is listed, do not make it listed.
  const cleaned = new Set(source.filter((address) => !isSpared(address)));
  return { source, cleaned, barred: addressesIn(options.barred) };
}

/**
 * Which object may be removed for a location: the innermost of the table's roots around it decides. Pure.
 *
 * @returns why none may.
 */
export function cleanableObject(location: string, prefixes: CleanupPrefixes): ObjectPlace | KeptReason {
  const { source, cleaned, barred } = prefixes;
  const place = objectPlace(location, source);
  if ('reason' in place)
    return place.reason === 'file_outside_roots' || place.reason === 'file_not_regular'
      ? place.reason
      : 'file_location_missing';
  const { bucket } = source[place.root]!;
  const isAround = (address: S3Address) => address.bucket === bucket && place.key.startsWith(address.prefix);
  const innermost = source.filter(isAround).sort((a, b) => b.prefix.length - a.prefix.length)[0]!;
  if (barred.some(isAround) || !cleaned.has(innermost)) return 'file_outside_roots';
  return place;
}

function addressesIn(texts: readonly string[]): S3Address[] {
  return texts.filter(isObjectLocation).flatMap((text) => {
    const address = parseS3Address(text);
    return 'problem' in address ? [] : [address];
  });
}

function isSamePrefix(a: S3Address, b: S3Address): boolean {
  return a.bucket === b.bucket && a.prefix === b.prefix;
}
