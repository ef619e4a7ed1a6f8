import type { FaultListener } from './perform-act.ts';
import type { Watcher } from './watcher.ts';
import type { World } from './world.ts';
import type { Writers } from './writers.ts';

const LINE_EVERY_MS = 5_000;

/** A line for each fault, and one every five seconds that says how far everything is. */
export function startProgress(parts: {
  readonly writers: Writers;
  readonly watcher: Watcher;
  readonly world: World;
  readonly say: (line: string) => void;
}): FaultListener & { readonly say: (text: string) => void; readonly end: () => void } {
  const { writers, watcher, say } = parts;
  const startedMs = performance.now();
  const broken = new Set<string>();
  const line = (text: string): void => {
    const seconds = ((performance.now() - startedMs) / 1_000).toFixed(1);
    say(`${seconds.padStart(7)} s  ${text}`);
  };
  const timer = setInterval(() => {
    const rows = writers.rows().toLocaleString('en-US');
    const down = broken.size === 0 ? '' : ` · broken: ${[...broken].join(', ')}`;
    line(`${rows} rows · watermark ${watermarkAge(watcher)}${down}`);
  }, LINE_EVERY_MS);
  return {
    say: line,
    onFault: ({ fault, holdMs }) => {
      const lasts = fault.holdMs[1] > 0;
      if (lasts) broken.add(fault.name);
      line(lasts ? `${fault.name} for ${(holdMs / 1_000).toFixed(1)} s` : fault.name);
    },
    onHealed: ({ fault }) => {
      broken.delete(fault.name);
      line(`${fault.name} is over`);
    },
    end: () => clearInterval(timer),
  };
}

function watermarkAge({ seen }: Watcher): string {
  const least = Math.min(...seen.partitions.values());
  if (!Number.isFinite(least)) return 'not there yet';
  return `${((Date.now() * 1_000 - least) / 1_000_000).toFixed(1)} s old`;
}
