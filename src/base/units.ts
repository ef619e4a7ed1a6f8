import { MICROS_PER_DAY, MICROS_PER_MS, MICROS_PER_SECOND } from '../model/micros.ts';

/** The text is no duration or size; the message says what one looks like. */
export class UnitError extends Error {
  override readonly name = 'UnitError';
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  us: 1,
  ms: MICROS_PER_MS,
  s: MICROS_PER_SECOND,
  m: 60 * MICROS_PER_SECOND,
  h: 3_600 * MICROS_PER_SECOND,
  d: MICROS_PER_DAY,
};

const BYTE_UNITS: Readonly<Record<string, number>> = {
  B: 1,
  kB: 1_000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  TB: 1_000_000_000_000,
  KiB: 1_024,
  MiB: 1_024 ** 2,
  GiB: 1_024 ** 3,
  TiB: 1_024 ** 4,
};

/**
 * @param text a number and a unit: `250ms`, `5m`, `1.5h`, `1d`.
 * @returns microseconds, a whole number.
 * @throws UnitError
 */
export function parseDurationMicros(text: string): number {
  return parseQuantity({ text, units: DURATION_UNITS, what: 'a duration', examples: '250ms, 5m, 1d' });
}

/**
 * @param text a number and a unit: `64KiB`, `256MiB`, `1.5GB`.
 * @returns bytes, a whole number.
 * @throws UnitError
 */
export function parseBytes(text: string): number {
  return parseQuantity({ text, units: BYTE_UNITS, what: 'a size', examples: '64KiB, 256MiB, 2GB' });
}

/** The shortest exact form: `90_000_000` → `90s`, `60_000_000` → `1m`. */
export function formatDuration(micros: number): string {
  return formatQuantity(micros, DURATION_UNITS, 'us');
}

/** The shortest exact form: `268_435_456` → `256MiB`. */
export function formatBytes(bytes: number): string {
  return formatQuantity(bytes, BYTE_UNITS, 'B');
}

function parseQuantity(options: {
  text: string;
  units: Readonly<Record<string, number>>;
  what: string;
  examples: string;
}): number {
  const { text, units, what, examples } = options;
  const refused = `${JSON.stringify(text)} is not ${what} such as ${examples}`;
  const m = /^(\d{1,16})(?:\.(\d{1,6}))?\s?([A-Za-z]+)$/.exec(text);
  const factor = m === null || !Object.hasOwn(units, m[3]!) ? undefined : units[m[3]!];
  if (m === null || factor === undefined) {
    throw new UnitError(`${refused} (units: ${Object.keys(units).join(', ')})`);
  }
  const fraction = m[2] ?? '';
  // Whole digits times the factor, then one exact division: a float factor would round 0.1s.
  const scaled = BigInt(m[1]! + fraction) * BigInt(factor);
  const divisor = 10n ** BigInt(fraction.length);
  if (scaled % divisor !== 0n) throw new UnitError(`${refused}: it is finer than the smallest unit`);
  const value = Number(scaled / divisor);
  if (!Number.isSafeInteger(value)) throw new UnitError(`${refused}: it is too large`);
  return value;
}

function formatQuantity(value: number, units: Readonly<Record<string, number>>, smallest: string): string {
  let best = `${value}${smallest}`;
  if (value === 0) return best;
  for (const [unit, factor] of Object.entries(units)) {
    const candidate = `${value / factor}${unit}`;
    if (value % factor === 0 && candidate.length <= best.length) best = candidate;
  }
  return best;
}
