import * as z from 'zod';
import { formatBytes, formatDuration, parseBytes, parseDurationMicros, UnitError } from '../base/units.ts';

interface QuantityOptions {
  readonly text: string;
  /** In the smallest unit: microseconds or bytes. */
  readonly min?: number;
  readonly max?: number;
}

/** A duration such as `5m`; the parsed value is in microseconds. */
export function duration({ text, min = 0, max = Number.MAX_SAFE_INTEGER }: QuantityOptions) {
  const pattern = '^[0-9.]+ ?(us|ms|s|m|h|d)$';
  return quantity({ parse: parseDurationMicros, format: formatDuration, pattern, min, max, text });
}

/** A size such as `256MiB`; the parsed value is in bytes. */
export function bytes({ text, min = 0, max = Number.MAX_SAFE_INTEGER }: QuantityOptions) {
  const pattern = '^[0-9.]+ ?([kMGT]?B|[KMGT]iB)$';
  return quantity({ parse: parseBytes, format: formatBytes, pattern, min, max, text });
}

/** A whole number within limits. */
export function integer({ text, min = 0, max = Number.MAX_SAFE_INTEGER }: QuantityOptions) {
  return z.int().min(min).max(max).describe(text);
}

function quantity(options: {
  parse: (text: string) => number;
  format: (value: number) => string;
  pattern: string;
  min: number;
  max: number;
  text: string;
}) {
  return z
    .string({ error: 'a number with its unit was expected, as text' })
    .meta({ description: options.text, pattern: options.pattern })
    .transform((text, context) => {
      const result = attempt(options.parse, text);
      if (typeof result === 'number' && result >= options.min && result <= options.max) return result;
      context.addIssue({ code: 'custom', message: typeof result === 'string' ? result : limits(options) });
      return z.NEVER;
    });
}

function attempt(parse: (text: string) => number, text: string): number | string {
  try {
    return parse(text);
  } catch (error) {
    if (error instanceof UnitError) return error.message;
    throw error;
  }
}

function limits({
  min,
  max,
  format,
}: {
  min: number;
  max: number;
  format: (value: number) => string;
}): string {
  const most = max === Number.MAX_SAFE_INTEGER ? '' : ` and at most ${format(max)}`;
  return `must be at least ${format(min)}${most}`;
}
