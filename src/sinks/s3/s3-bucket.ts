import type { S3 } from '@aws-sdk/client-s3';
import type { S3Address } from '../../base/s3-address.ts';
import { assertSinkName } from '../sink-name.ts';
import { createS3Client } from './s3-client.ts';
import { orS3Fault } from './s3-fault.ts';
import type { S3Options } from './s3-options.ts';
import { SINK_USE } from './s3-remedy.ts';
import type { S3Use } from './s3-remedy.ts';

/** Which object of the bucket a request is about. */
export interface ObjectPlace {
  readonly Bucket: string;
  readonly Key: string;
}

/** One bucket and prefix, and the way to it. */
export class S3Bucket {
  readonly address: S3Address;
  readonly options: S3Options;
  readonly use: S3Use;
  #client: Promise<S3> | undefined;

  constructor(address: S3Address, options: S3Options, use: S3Use = SINK_USE) {
    this.address = address;
    this.options = options;
    this.use = use;
  }

  /** @throws TidemarkError ERR_SHARD_CORRUPT when it is no name of a file on a sink. */
  placeOf(name: string): ObjectPlace {
    assertSinkName(name);
    return this.ownPlaceOf(name);
  }

  /** The same for names that only the sink itself gives. */
  ownPlaceOf(name: string): ObjectPlace {
    const { bucket, prefix } = this.address;
    return { Bucket: bucket, Key: prefix + name };
  }

  client(): Promise<S3> {
    return (this.#client ??= createS3Client(this));
  }

  /** Runs requests; what fails becomes ERR_SINK_UNAVAILABLE with what mends it, deliberate failures pass. */
  ask<T>(what: string, requests: (s3: S3) => Promise<T>): Promise<T> {
    return orS3Fault({ what, address: this.address }, async () => requests(await this.client()));
  }
}
