/** Asserts a bug's absence: what fails here is a mistake of ours, never the operator's or the input's. */
export function assert(condition: boolean, message: string): asserts condition {
  if (!condition) throw new AssertionFailed(message);
}

class AssertionFailed extends Error {
  override readonly name = 'AssertionFailed';
}

/** For the `default` of a switch that handles every case. */
export function unreachable(value: never): never {
  throw new AssertionFailed(`unexpected value: ${JSON.stringify(value)}`);
}
