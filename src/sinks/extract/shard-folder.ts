import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TidemarkError } from '../../base/errors.ts';
import { FILES_FOLDER } from '../format/member-name.ts';
import type { Target } from './piece.ts';
import { PART_PREFIX, orOutputFault, taken } from './target-folder.ts';

/** Of a shard's folder until all is in it. */
const PART_SUFFIX = '.tidemark-part';

/**
 * The folder of a shard. A new one has another name until it is whole, which costs one call a shard instead of one a file;
 * into one that is there already, of another selection perhaps, each file comes by itself.
 */
export class ShardFolder {
  readonly target: Target;
  readonly #path: string;

  /**
   * @throws TidemarkError ERR_USAGE when an extraction was ended and `resume` is not asked for; ERR_OUTPUT_UNAVAILABLE.
   */
  constructor(options: {
    readonly parent: string;
    readonly shard: string;
    readonly payload: 'file' | 'row';
    readonly resume: boolean;
  }) {
    const { resume } = options;
    this.#path = join(options.parent, options.shard.replace(/\.tar\.zst$/, ''));
    const part = `${this.#path}${PART_SUFFIX}`;
    const isPart = !existsSync(this.#path);
    if (isPart && !resume && existsSync(part))
      throw new TidemarkError('ERR_USAGE', {
        detail: `${part} is there already: an extraction was ended before it had all of the shard`,
        remedy: 'Go on with it by --resume, or remove it.',
      });
    this.target = { folder: isPart ? part : this.#path, isPart };
    const { folder } = this.target;
    const files = join(folder, FILES_FOLDER);
    orOutputFault(folder, () => {
      mkdirSync(options.payload === 'file' ? files : folder, { recursive: true });
      if (isPart || !resume) return;
      removeParts(folder);
      if (options.payload === 'file') removeParts(files);
    });
  }

  /** All of it is there. @throws TidemarkError ERR_USAGE when somebody has made a folder of this name meanwhile. */
  finish(): void {
    if (!this.target.isPart) return;
    if (existsSync(this.#path)) throw taken(this.#path, 'is there already; nothing was overwritten');
    orOutputFault(this.#path, () => renameSync(this.target.folder, this.#path));
  }
}

/** What killed processes have left half written. */
function removeParts(folder: string): void {
  for (const name of readdirSync(folder))
    if (name.startsWith(PART_PREFIX)) rmSync(join(folder, name), { force: true });
}
