/** A service that cannot be had in one way, so that the next way is tried. Any other error ends the search. */
export class ServiceMissing extends Error {
  override readonly name = 'ServiceMissing';
  /** How a person gets it. */
  readonly remedy: string;

  constructor(reason: string, options: { readonly remedy: string; readonly cause?: unknown }) {
    super(reason, options.cause === undefined ? undefined : { cause: options.cause });
    this.remedy = options.remedy;
  }
}
