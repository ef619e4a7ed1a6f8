/** Figures as people read them. */

/** `0.41 ms`, `87 ms`, `12.3 s`, `3 min 20 s`. */
export function duration(ms: number | null): string {
  if (ms === null) return '–';
  if (ms < 10) return `${Number(ms.toPrecision(2))} ms`;
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** `4.3×`, `217,000×`: three digits. */
export function times(ratio: number | null): string {
  return ratio === null ? '–' : `${Number(ratio.toPrecision(3)).toLocaleString('en-US')}×`;
}

export function share(part: number): string {
  return `${Number((part * 100).toPrecision(2))} %`;
}
