import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { CaptureLimits } from '../../src/capture/capture-limits.ts';
import type { TableRef } from '../../src/model/table.ts';

const run = promisify(execFile);

/** What the process is given as its one argument. */
export interface CaptureProcessInput {
  /** URL of the folder of the built code, `file:///…/dist/`. */
  readonly built: string;
  readonly url: string;
  readonly brokers: readonly string[];
  /** Prefix of the topics; name of the publication. */
  readonly name: string;
  readonly slot: string;
  readonly table: TableRef;
  readonly limits: Partial<CaptureLimits>;
  /** Ends when so many rows are committed; 0: as soon as the snapshot is done and a mark has gone through. */
  readonly rows: number;
}

/** The line that it prints. */
export interface CaptureProcessOutput {
  readonly rows: number;
  /** From owning the slot to the commit of the last row. */
  readonly seconds: number;
  readonly peakRssBytes: number;
  readonly cpuSeconds: number;
}

/** @param nodeFlags for example `--cpu-prof`. */
export async function runCapture(
  input: CaptureProcessInput,
  nodeFlags: readonly string[] = [],
): Promise<CaptureProcessOutput> {
  const script = fileURLToPath(new URL('./capture-process.mjs', import.meta.url));
  const { stdout } = await run(process.execPath, [...nodeFlags, script, JSON.stringify(input)]);
  return JSON.parse(stdout) as CaptureProcessOutput;
}
