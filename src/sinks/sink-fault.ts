import { messageOf, TidemarkError } from '../base/errors.ts';
import { sinkRemedy } from './sink-remedy.ts';

/** Runs an effect on a sink; what the system refuses becomes ERR_SINK_UNAVAILABLE, deliberate failures pass. */
export async function orSinkFault<T>(what: string, effect: () => Promise<T>): Promise<T> {
  try {
    return await effect();
  } catch (cause) {
    if (cause instanceof TidemarkError) throw cause;
    const reason = messageOf(cause);
    const remedy = sinkRemedy(systemCode(cause));
    throw new TidemarkError('ERR_SINK_UNAVAILABLE', {
      detail: `${what}: ${reason}`,
      ...(remedy === undefined ? {} : { remedy }),
      cause,
    });
  }
}

/** The code of a system error, such as `ENOENT`. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : undefined;
}
