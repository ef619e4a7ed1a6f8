import { TidemarkError } from '../../base/errors.ts';
import { explainRefusal } from '../explain-refusal.ts';
import type { Reading } from './facts.ts';

/** Turns a deliberate failure into a fact; anything else is a bug and passes. */
export async function reading<T>(read: () => Promise<T>): Promise<Reading<T>> {
  try {
    return { value: await read() };
  } catch (refused) {
    const error = explainRefusal(refused);
    if (!(error instanceof TidemarkError)) throw error;
    const { code, detail, remedy } = error;
    return { problem: { code, detail, remedy } };
  }
}
