import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { cachedFolder } from './cached-folder.ts';
import { runCommand } from './command.ts';
import { goCommand } from './go.ts';
import { ServiceMissing } from './service-missing.ts';

export interface GoProgram {
  /** Of the program and of its folder. */
  readonly name: string;
  readonly version: string;
  readonly module: string;
  /** The package of its `main`. */
  readonly main: string;
}

/**
 * A program that is published as a Go module only. The first call builds it (minutes of a processor) from Go's module
 * proxy into `.cache` of the repository or TIDEMARK_CACHE_DIR; later runs, also at the same time, share it.
 *
 * @returns its path.
 * @throws ServiceMissing when it must be built and Go is missing or fails.
 */
export async function goProgram(program: GoProgram, onProgress: (line: string) => unknown): Promise<string> {
  const { name, version } = program;
  const folder = await cachedFolder(`${name}-${version}`, async (fresh, named) => {
    const go = await goCommand();
    onProgress(`building ${name} ${version} into ${named}, some minutes`);
    await buildInto({ go, folder: fresh, program });
  });
  return path.join(folder, name);
}

/**
 * Through a module of our own that asks for the program's: `go install program@version` refuses modules that exclude
 * or replace others, as large ones do.
 */
async function buildInto(options: { go: string; folder: string; program: GoProgram }): Promise<void> {
  const { name, version, module, main } = options.program;
  const source = path.join(options.folder, 'source');
  mkdirSync(source);
  writeFileSync(path.join(source, 'go.mod'), `module build\n\ngo 1.25\n\nrequire ${module} v${version}\n`);
  writeFileSync(path.join(source, 'build.go'), `//go:build build\n\npackage build\n\nimport _ "${main}"\n`);
  const flags = ['-mod=mod', '-trimpath', '-buildvcs=false', '-ldflags=-s -w'];
  const built = await runCommand({
    command: options.go,
    args: ['-C', source, 'build', ...flags, '-o', path.join(options.folder, name), main],
  });
  if (built?.status !== 0)
    throw new ServiceMissing(`Go could not build ${name}:\n${built?.output.trim().slice(-2_000)}`, {
      remedy: `give Go a way to a module proxy (GOPROXY) that has ${module} v${version}`,
    });
  rmSync(source, { recursive: true });
}
