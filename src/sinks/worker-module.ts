import { createRequire } from 'node:module';
import { join } from 'node:path';
import { CODE_ROOT } from '../base/package-root.ts';

/**
 * Where a thread's program is, and how Node starts it: the house runs from dist (.js) and, in tests and benchmarks, from
 * its source (.ts through tsx).
 *
 * @param name path from the root of the source, without the ending.
 */
export function workerModule(name: string): {
  readonly filename: string;
  readonly execArgv: string[];
  readonly env: NodeJS.ProcessEnv;
} {
  const isSource = import.meta.url.endsWith('.ts');
  return {
    filename: join(CODE_ROOT, `${name}.${isSource ? 'ts' : 'js'}`),
    // What the command leaves out of its own warnings (cli/node-warnings.ts) would reach the terminal from here.
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    execArgv: isSource ? ['--require', createRequire(import.meta.url).resolve('tsx/cjs')] : [],
  };
}
