import { crc32 } from 'node:zlib';

/** Goes on with the checksum of a span. Begins with 0. */
export function checkSpan(bytes: Uint8Array, before: number): number {
  return crc32(bytes, before);
}

/**
 * A large file is read twice, once for its digest and once in pieces for its frames, by different requests when it is an
 * object. The checksum of each piece is taken both times and compared: a store has none of a part of an object, and
 * without it bytes that were damaged on their way could be archived under a digest that they do not have.
 */
export class SpanChecks {
  readonly #spanBytes: number;
  readonly #checks: number[] = [];
  #left: number;
  #check = 0;
  #isBegun = false;

  /** @param options.firstSpanBytes less than the others, for the file's header stands before it. */
  constructor(options: { readonly firstSpanBytes: number; readonly spanBytes: number }) {
    this.#left = options.firstSpanBytes;
    this.#spanBytes = options.spanBytes;
  }

  /** Takes the next bytes of the file. */
  add(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const part = bytes.subarray(at, at + this.#left);
      this.#check = checkSpan(part, this.#check);
      this.#isBegun = true;
      this.#left -= part.length;
      at += part.length;
      if (this.#left === 0) this.#end();
    }
  }

  /** @returns one checksum a span. Add nothing afterwards. */
  finish(): readonly number[] {
    if (this.#isBegun) this.#end();
    return this.#checks;
  }

  #end(): void {
    this.#checks.push(this.#check);
    this.#check = 0;
    this.#left = this.#spanBytes;
    this.#isBegun = false;
  }
}
