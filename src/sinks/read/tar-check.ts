import type { ExpectedMember } from './expected-members.ts';
import type { MemberSequence } from './member-sequence.ts';
import { PieceDigest } from './piece-digest.ts';

/** What happens as the bytes of a tar stream go by. */
export type TarEvent =
  | { readonly kind: 'content'; readonly member: ExpectedMember; readonly bytes: Buffer }
  | { readonly kind: 'end'; readonly member: ExpectedMember }
  | { readonly kind: 'damage'; readonly what: string };

/**
 * Compares a tar stream, frame by frame, with the members that the index expects. After the first damage it
 * compares no more: what follows cannot be told apart.
 */
export class TarCheck {
  readonly #members: MemberSequence;
  /** The one under way. */
  #member: ExpectedMember | undefined;
  #digest = new PieceDigest();
  /** Position in the member: header, content, padding. */
  #at = 0;
  #damaged = false;

  constructor(members: MemberSequence) {
    this.#members = members;
  }

  /** @param content of the frame `frame`. */
  *push(content: Buffer, frame: number): Generator<TarEvent> {
    let from = 0;
    while (from < content.length && !this.#damaged) {
      if (this.#member === undefined) {
        from = this.#members.passWhole(content, frame, from);
        if (from === content.length) return;
        this.#member = this.#members.next();
      }
      const member = this.#member;
      if (member === undefined) {
        yield this.#damage('bytes follow the last member');
        return;
      }
      if (this.#at === member.header.length && !stands(member, frame, from))
        yield this.#damage(`the index says another place for ${JSON.stringify(member.path)}`);
      else from = yield* this.#step(member, content, from);
      if (!this.#isDamaged()) yield* this.#endIfDone(member, frame, from);
    }
  }

  /** To be called after the last data frame. */
  *finish(): Generator<TarEvent> {
    const rest = this.#member ?? this.#members.next();
    if (!this.#damaged && rest !== undefined)
      yield this.#damage(`the tar stream ends before ${JSON.stringify(rest.path)} is complete`);
  }

  *#step(member: ExpectedMember, content: Buffer, from: number): Generator<TarEvent, number> {
    const headerEnd = member.header.length;
    const contentEnd = headerEnd + member.sizeBytes;
    if (this.#at < headerEnd) {
      const part = content.subarray(from, from + headerEnd - this.#at);
      if (!part.equals(member.header.subarray(this.#at, this.#at + part.length)))
        yield this.#damage(`the header of ${JSON.stringify(member.path)} is not what the index says`);
      this.#at += part.length;
      return from + part.length;
    }
    if (this.#at < contentEnd) {
      const part = content.subarray(from, from + contentEnd - this.#at);
      this.#digest.update(part);
      this.#at += part.length;
      yield { kind: 'content', member, bytes: part };
      return from + part.length;
    }
    const part = content.subarray(from, from + contentEnd + member.paddingBytes - this.#at);
    if (part.some((byte) => byte !== 0))
      yield this.#damage(`padding after ${JSON.stringify(member.path)} is not zero`);
    this.#at += part.length;
    return from + part.length;
  }

  *#endIfDone(member: ExpectedMember, frame: number, from: number): Generator<TarEvent> {
    if (this.#at < member.header.length + member.sizeBytes + member.paddingBytes) return;
    if (member.sizeBytes === 0 && !stands(member, frame, from)) {
      yield this.#damage(`the index says another place for ${JSON.stringify(member.path)}`);
      return;
    }
    if (this.#digest.finish().sha256 !== member.sha256.toString('hex')) {
      yield this.#damage(`${JSON.stringify(member.path)} has not the digest of the index`);
      return;
    }
    yield { kind: 'end', member };
    this.#member = undefined;
    this.#digest = new PieceDigest();
    this.#at = 0;
  }

  /** A call, so that the compiler does not believe that a generator left it as it was. */
  #isDamaged(): boolean {
    return this.#damaged;
  }

  #damage(what: string): TarEvent {
    this.#damaged = true;
    return { kind: 'damage', what };
  }
}

function stands({ place }: ExpectedMember, frame: number, at: number): boolean {
  return place === null || (place.frame === frame && place.frameOffset === at);
}
