/** A logarithmic axis over whole decades. */
export interface LogScale {
  /** @returns a place between 0 and 1. */
  place(value: number): number;
  /** The powers of ten, from the first to the last. */
  readonly decades: readonly number[];
}

/** @param values above 0; the axis covers all of them, one decade at least. */
export function logScale(values: readonly number[]): LogScale {
  const exponents = values.map((value) => Math.log10(value));
  // Without the slack the cube of a tenth would lie below the decade that it is.
  const first = Math.floor(Math.min(...exponents) + 1e-9);
  const last = Math.max(first + 1, Math.ceil(Math.max(...exponents) - 1e-9));
  return {
    place: (value) => (Math.log10(value) - first) / (last - first),
    decades: Array.from({ length: last - first + 1 }, (_, index) => 10 ** (first + index)),
  };
}
