import { randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, stat, unlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { systemCode } from '../sink-fault.ts';

/** A writer on another machine is believed dead when its file has not grown for a day. */
const FOREIGN_AGE_MAX_MS = 24 * 3600 * 1000;

/** `<host and process namespace>~<pid>~<start of the process>~<random>`: says who writes it, so that others can sweep. */
export function temporaryName(): string {
  const { pid } = process;
  return `${ownPlace()}~${pid}~${processStart(pid) ?? 0}~${randomBytes(6).toString('hex')}`;
}

/** Removes the temporary files of writers that no longer live. @returns how many. */
export async function sweepTemporaryFiles(folder: string): Promise<number> {
  let removed = 0;
  for (const name of await namesIn(folder)) {
    const path = join(folder, name);
    try {
      if (!(await isAbandoned(name, path))) continue;
      await unlink(path);
      removed++;
    } catch (error) {
      // Its writer has published or removed it in this moment.
      if (systemCode(error) !== 'ENOENT') throw error;
    }
  }
  return removed;
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return [];
    throw error;
  }
}

async function isAbandoned(name: string, path: string): Promise<boolean> {
  const [place, pid, start] = name.split('~');
  if (place === ownPlace() && pid !== undefined && start !== undefined)
    return (processStart(Number(pid)) ?? 0) !== Number(start) || !isAlive(Number(pid));
  return Date.now() - (await stat(path)).mtimeMs > FOREIGN_AGE_MAX_MS;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return systemCode(error) === 'EPERM';
  }
}

/** Two containers may share a host name but not a process namespace; a pid means something only inside one. */
function ownPlace(): string {
  let namespace = '';
  try {
    namespace = readlinkSync('/proc/self/ns/pid').replace(/\D/g, '');
  } catch {
    // Not Linux: there are no namespaces to tell apart.
  }
  return `${hostname().replace(/[^\w.-]/g, '_')}.${namespace}`;
}

/** When a process began, in clock ticks since boot, so that a pid used again is not taken for its predecessor. */
function processStart(pid: number): number | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[19]);
  } catch {
    // Not Linux, or the process is gone: then isAlive decides alone.
    return undefined;
  }
}
