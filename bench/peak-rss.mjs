import { existsSync, readFileSync } from 'node:fs';
import process from 'node:process';

const STATUS = '/proc/self/status';

/**
 * Memory that this process had at most, bytes. Linux counts in `maxRSS` what the process that started it had (exec(2)
 * keeps it), and says it for this one alone in /proc (proc_pid_status(5), VmHWM).
 */
export function peakRssBytes() {
  const kib = existsSync(STATUS) && /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(STATUS, 'utf8'))?.[1];
  return (kib ? Number(kib) : process.resourceUsage().maxRSS) * 1_024;
}
