export const GOES_ON = 'The watermark of the partition waits, and the seal goes on by itself.';

const REMEDIES: Readonly<Record<string, string>> = {
  ENOSPC: `Make room on the disk of sink.url (\`df -h\`, and \`df -i\` for inodes). ${GOES_ON}`,
  EDQUOT: `Raise the quota of the user that runs Tidemark on the disk of sink.url. ${GOES_ON}`,
  EROFS: `Mount the disk of sink.url for writing again (\`mount -o remount,rw\`); \`dmesg\` says whether an error has made it read-only. ${GOES_ON}`,
  EIO: `Look at the disk of sink.url (\`dmesg\`). ${GOES_ON}`,
  EACCES: `Let the user that runs Tidemark write below sink.url. ${GOES_ON}`,
  EPERM: `Let the user that runs Tidemark write and link below sink.url. ${GOES_ON}`,
};

/** What mends a fault of a sink, by the system's code; undefined where the catalogue's word must do. */
export function sinkRemedy(code: string | undefined): string | undefined {
  return code === undefined ? undefined : REMEDIES[code];
}

/** Faults of a disk that was good before: a process that starts meanwhile waits, as one that runs already does. */
const PASSING: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT', 'EROFS', 'EIO', 'ESTALE']);

export function mayPass(code: string | undefined): boolean {
  return code !== undefined && PASSING.has(code);
}
