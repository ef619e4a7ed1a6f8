import { readdirSync, readFileSync } from 'node:fs';

/** USER_HZ of the kernel's own figures, which is 100 on every Linux that Node runs on. */
const TICK_MS = 10;

interface ProcessTimes {
  readonly pid: number;
  readonly parent: number;
  readonly name: string;
  /** Its own, and that of the children that it has waited for. */
  readonly ticks: number;
}

/** CPU time so far, in milliseconds, of one process, of its children that have ended and of those that live. */
export function treeCpuMs(root: number): number {
  const all = processes();
  return sumTicks(all, new Set([root])) * TICK_MS;
}

/** CPU time so far of the programs of this name that this process started, directly or not; null when there is none. */
export function ownProgramCpuMs(name: string): number | null {
  const all = processes();
  const family = descendants(all, new Set([process.pid]));
  const found = all.filter((one) => family.has(one.pid) && one.name === name);
  return found.length === 0 ? null : found.reduce((sum, { ticks }) => sum + ticks, 0) * TICK_MS;
}

/** CPU time of the children of this process that have ended. */
export function endedChildrenCpuMs(): number {
  const fields = statFields(readFileSync('/proc/self/stat', 'utf8'));
  return (Number(fields[13]) + Number(fields[14])) * TICK_MS;
}

/** What all processors of the machine did so far. */
export interface MachineTimes {
  readonly total: number;
  readonly idle: number;
  readonly ioWait: number;
}

export function machineTimes(): MachineTimes {
  const [line = ''] = readFileSync('/proc/stat', 'utf8').split('\n', 1);
  // user nice system idle iowait irq softirq steal; guests are in user already.
  const ticks = line.trim().split(/\s+/).slice(1, 9).map(Number);
  return { total: ticks.reduce((sum, one) => sum + one, 0), idle: ticks[3] ?? 0, ioWait: ticks[4] ?? 0 };
}

/** Shares between 0 and 1 of all processors. */
export function machineShares(before: MachineTimes, after: MachineTimes): { cpu: number; ioWait: number } {
  const total = Math.max(1, after.total - before.total);
  const ioWait = (after.ioWait - before.ioWait) / total;
  return { ioWait, cpu: 1 - ioWait - (after.idle - before.idle) / total };
}

function sumTicks(all: readonly ProcessTimes[], roots: ReadonlySet<number>): number {
  const family = descendants(all, roots);
  return all.filter(({ pid }) => family.has(pid)).reduce((sum, { ticks }) => sum + ticks, 0);
}

function descendants(all: readonly ProcessTimes[], roots: ReadonlySet<number>): ReadonlySet<number> {
  const family = new Set(roots);
  for (let before = 0; before < family.size;) {
    before = family.size;
    for (const { pid, parent } of all) if (family.has(parent)) family.add(pid);
  }
  return family;
}

function processes(): ProcessTimes[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const text = readStat(name);
      if (text === undefined) return [];
      const fields = statFields(text);
      const ticks = [11, 12, 13, 14].reduce((sum, field) => sum + Number(fields[field]), 0);
      const program = text.slice(text.indexOf('(') + 1, text.lastIndexOf(')'));
      return [{ pid: Number(name), parent: Number(fields[1]), name: program, ticks }];
    });
}

/** @returns undefined for a process that has ended since it was listed. */
function readStat(pid: string): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ESRCH'].includes((error as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw error;
  }
}

/** The fields behind the name, which may hold blanks and brackets itself: [0] is the state. */
function statFields(text: string): string[] {
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
}
