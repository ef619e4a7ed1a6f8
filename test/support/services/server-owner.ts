import { spawnSync } from 'node:child_process';

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/**
 * Whom Postgres runs as: it refuses to run as root. Null when we are not root and it simply runs as us.
 * A user is not created: tests leave a machine as they found it.
 */
export function serverOwner(): Owner | null {
  if (process.getuid?.() !== 0) return null;
  const owner = lookUp('postgres') ?? lookUp('nobody');
  if (owner === undefined) throw new Error('root needs a user named postgres or nobody to run Postgres as');
  return owner;
}

function lookUp(name: string): Owner | undefined {
  const [uid, gid] = ['-u', '-g'].map((flag) => spawnSync('id', [flag, name], { encoding: 'utf8' }));
  if (uid?.status !== 0 || gid?.status !== 0) return undefined;
  return { uid: Number(uid.stdout), gid: Number(gid.stdout) };
}

/** True when `owner` may enter and read the folder; a clone under /root or `mktemp -d` often cannot be. */
export function canRead(owner: Owner | null, folder: string): boolean {
  return passes({ owner, folder, script: 'test -r "$1" && test -x "$1"' });
}

/** True when `owner` may make and remove things in the folder. */
export function canWrite(owner: Owner | null, folder: string): boolean {
  return passes({ owner, folder, script: 'test -w "$1" && test -x "$1"' });
}

/** Asks the kernel, as that user: mode bits of one folder do not tell about those above it. */
function passes(options: { owner: Owner | null; folder: string; script: string }): boolean {
  const { owner, folder, script } = options;
  return spawnSync('/bin/sh', ['-c', script, 'sh', folder], { cwd: '/', ...owner }).status === 0;
}
