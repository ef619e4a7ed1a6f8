/** A server that answers at `address`: a URL, or a list of brokers. */
export interface Service<T> {
  readonly address: T;
  /** Ends it when it was started for us, with its temporary data; a server that was given stays as it is. */
  readonly stop: () => Promise<void>;
}
