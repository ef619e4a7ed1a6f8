import { goProgram } from './go-program.ts';

const MODULE = 'github.com/versity/versitygw';

/** The program versitygw, an S3 server over a folder, built by the first call. @throws ServiceMissing */
export function versitygw(onProgress: (line: string) => void): Promise<string> {
  return goProgram(
    { name: 'versitygw', version: '1.8.0', module: MODULE, main: `${MODULE}/cmd/versitygw` },
    (line) => onProgress(`S3: ${line}`),
  );
}
