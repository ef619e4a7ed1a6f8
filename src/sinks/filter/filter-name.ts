/** What stands in the name of a filter: enough to read its head in one call, and to know that it is the right one. */
export interface FilterName {
  /** `<table>/<yyyy>/<mm>/<dd>/`, as the manifests that it covers have it. */
  readonly day: string;
  readonly partition: number;
  readonly partitionCount: number;
  readonly headBytes: number;
  /** The first 32 hex digits of the sha256 of the head. */
  readonly digest: string;
}

const NAME = /^(.*\/)uids-p(\d+)of(\d+)-(\d{1,8})-([0-9a-f]{32})\.filter$/s;

/** `<day>/uids-p<partition>of<count>-<bytes of the head>-<digest of the head>.filter` */
export function filterName(name: FilterName): string {
  const { day, partition, partitionCount, headBytes, digest } = name;
  return `${day}uids-p${partition}of${partitionCount}-${headBytes}-${digest}.filter`;
}

/** @returns undefined for the name of anything else. */
export function parseFilterName(name: string): FilterName | undefined {
  const m = NAME.exec(name);
  if (m === null) return undefined;
  const [, day, partition, count, headBytes, digest] = m;
  return {
    ...{ day: day!, partition: Number(partition), partitionCount: Number(count) },
    ...{ headBytes: Number(headBytes), digest: digest! },
  };
}
