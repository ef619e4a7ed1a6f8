import fc from 'fast-check';

/** What a decoder is most often wrong about: the edges of the widths that lengths have. */
const EDGES = [
  0n,
  1n,
  0x7fn,
  0x80n,
  0xffn,
  0x7fffn,
  0xffffn,
  0x7fff_ffffn,
  0x8000_0000n,
  0xffff_ffffn,
].concat([2n ** 53n - 1n, 2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n]);

type Change = (bytes: Buffer) => Buffer;

const place = fc.nat();
const short = fc.integer({ min: 1, max: 40 });

const change: fc.Arbitrary<Change> = fc.oneof(
  fc.tuple(place, fc.nat(255)).map(
    ([at, byte]): Change =>
      (bytes) =>
        spliced(bytes, at, 1, [byte]),
  ),
  place.map(
    (at): Change =>
      (bytes) =>
        bytes.subarray(0, within(bytes, at)),
  ),
  fc.tuple(place, short).map(
    ([at, length]): Change =>
      (bytes) =>
        spliced(bytes, at, length, []),
  ),
  fc.tuple(place, short).map(([at, length]): Change => (bytes) => {
    const from = within(bytes, at);
    return spliced(bytes, at, 0, bytes.subarray(from, from + length));
  }),
  fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 12 })).map(
    ([at, more]): Change =>
      (bytes) =>
        spliced(bytes, at, 0, more),
  ),
  fc
    .tuple(place, fc.constantFrom(...EDGES), fc.constantFrom(1, 2, 4, 8), fc.boolean())
    .map(([at, value, width, little]): Change => (bytes) => {
      const number = Buffer.alloc(8);
      number.writeBigUInt64LE(value);
      const digits = number.subarray(0, width);
      return spliced(bytes, at, width, little ? digits : Buffer.from(digits).reverse());
    }),
);

/** Good bytes with one to six changes: other bytes, cut off, some missing, repeated or added, numbers at their edges. */
export function mutated(good: fc.Arbitrary<Buffer>): fc.Arbitrary<Buffer> {
  return fc
    .tuple(good, fc.array(change, { minLength: 1, maxLength: 6 }))
    .map(([bytes, changes]) => changes.reduce<Buffer>((before, apply) => apply(before), Buffer.from(bytes)));
}

/** The same of a text; what is no UTF-8 afterwards becomes U+FFFD. */
export function mutatedText(good: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return mutated(good.map((text) => Buffer.from(text))).map((bytes) => bytes.toString());
}

function within(bytes: Buffer, at: number): number {
  return bytes.length === 0 ? 0 : at % bytes.length;
}

function spliced(bytes: Buffer, at: number, length: number, more: Iterable<number>): Buffer {
  const from = within(bytes, at);
  return Buffer.concat([bytes.subarray(0, from), Buffer.from([...more]), bytes.subarray(from + length)]);
}
