import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

/**
 * Where a thread's program is, and how Node starts it: the house runs from dist (.js) and, in tests and benchmarks, from
 * its source (.ts through tsx).
 *
 * @param from `import.meta.url` of whoever starts it.
 * @param name path from there, without the ending.
 */
export function workerModule(
  from: string,
  name: string,
): { readonly filename: string; readonly execArgv: string[]; readonly env: NodeJS.ProcessEnv } {
  const extension = from.endsWith('.ts') ? 'ts' : 'js';
  return {
    filename: fileURLToPath(new URL(`${name}.${extension}`, from)),
    // What the command leaves out of its own warnings (cli/node-warnings.ts) would reach the terminal from here.
    env: { ...process.env, AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true' },
    execArgv: extension === 'ts' ? ['--require', createRequire(import.meta.url).resolve('tsx/cjs')] : [],
  };
}
