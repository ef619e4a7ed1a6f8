/** What one zstd frame holds: whole members, or one piece of a member that is larger than a frame. */
export interface PlannedFrame {
  readonly firstMember: number;
  readonly memberCount: number;
  /** Where the frame begins in the bytes of its first member; above 0 only for a later piece of a large one. */
  readonly pieceFrom: number;
  /** Tar bytes in the frame. */
  readonly bytes: number;
}

/**
 * Divides members into frames. A member that would overflow an open, non-empty frame starts a new one; one larger
 * than a frame begins on a frame edge, is cut every `frameBytes`, and its last piece closes its frame. The plan
 * depends on these lengths only, so the number of workers cannot change a byte.
 *
 * @param memberBytes of each member: headers, content and padding. Read only as far as the frames asked for.
 */
export function* planFrames(memberBytes: Iterable<number>, frameBytes: number): Generator<PlannedFrame> {
  let member = 0;
  let first = 0;
  let open = 0;
  for (const bytes of memberBytes) {
    if (open > 0 && open + bytes > frameBytes) {
      yield { firstMember: first, memberCount: member - first, pieceFrom: 0, bytes: open };
      open = 0;
    }
    if (open === 0) first = member;
    if (bytes <= frameBytes) {
      open += bytes;
    } else {
      for (let from = 0; from < bytes; from += frameBytes)
        yield {
          firstMember: member,
          memberCount: 1,
          pieceFrom: from,
          bytes: Math.min(frameBytes, bytes - from),
        };
    }
    member++;
  }
  if (open > 0) yield { firstMember: first, memberCount: member - first, pieceFrom: 0, bytes: open };
}
