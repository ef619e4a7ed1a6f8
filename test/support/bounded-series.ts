import { CATALOGUE } from '../../src/base/error-catalogue.ts';
import type { LabelBound } from '../../src/serve/catalogue/metric.ts';
import { METRICS } from '../../src/serve/metric-names.ts';

/** What bounds the series of an archive. */
export interface SeriesBounds {
  readonly name: string;
  /** Partitions by `schema.name`. */
  readonly tables: Readonly<Record<string, number>>;
}

/** Our series that the catalogue does not foresee: another name, other labels, or a value outside of its bound. */
export function unforeseenSeries(series: Iterable<string>, bounds: SeriesBounds): string[] {
  return [...series].filter((key) => key.startsWith('des_') && !isForeseen(key, bounds));
}

function isForeseen(key: string, bounds: SeriesBounds): boolean {
  const [, name = '', labelText = ''] = /^(\w+)(?:\{(.*)\})?$/.exec(key) ?? [];
  const plain = name.replace(/_(bucket|sum|count)$/, '');
  const metric = Object.values(METRICS).find((known) =>
    known.type === 'histogram' ? known.name === plain : known.name === name,
  );
  if (metric === undefined) return false;
  const labels = new Map(
    [...labelText.matchAll(/(\w+)="([^"]*)"/g)].map(([, label, value]) => [label, value]),
  );
  if (metric.type === 'histogram') labels.delete('le');
  const known = Object.entries<LabelBound>(metric.labels);
  return (
    labels.size === known.length &&
    known.every(([label, bound]) => isWithin(labels.get(label) ?? '', bound, bounds))
  );
}

function isWithin(value: string, bound: LabelBound, { name, tables }: SeriesBounds): boolean {
  if (typeof bound !== 'string') return bound.includes(value);
  switch (bound) {
    case 'tables':
      return value in tables;
    case 'topics':
      return value.startsWith(`${name}.`) && value.slice(name.length + 1) in tables;
    case 'partitions':
      return /^\d+$/.test(value) && Number(value) < Math.max(...Object.values(tables));
    case 'error codes':
      return value in CATALOGUE || value === 'unforeseen';
    case 'HTTP status codes':
      return /^[1-5]\d\d$/.test(value);
    case 'paths':
      return /^(\/[\w{}/.-]*|other)$/.test(value);
  }
}
