#!/usr/bin/env python3
"""Checks a proof of one archived file without Tidemark, as docs/proof.md says.

    python3 check-proof.py PROOF FILE sha256:DIGEST

Python's standard library and the zstd command. Prints what is proven and ends with 0, or says why not and ends with 1.
"""
import base64
import hashlib
import json
import struct
import subprocess
import sys

PRIMES = [n for n in range(2, 312) if all(n % d for d in range(2, int(n**0.5) + 1))]
MASK = 0xFFFFFFFF


def cube_root_bits(prime):
    """The first 32 bits of the fraction of a cube root, in whole numbers."""
    wanted, low, high = prime << 96, 0, prime << 33
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if middle**3 <= wanted else (low, middle - 1)
    return low & MASK


ROUND = [cube_root_bits(prime) for prime in PRIMES]


def turn(word, by):
    return (word >> by | word << (32 - by)) & MASK


def compress(words, block):
    """SHA-256's compression function: FIPS 180-4, section 6.2.2."""
    w = list(struct.unpack(">16I", block))
    for t in range(16, 64):
        s0 = turn(w[t - 15], 7) ^ turn(w[t - 15], 18) ^ w[t - 15] >> 3
        s1 = turn(w[t - 2], 17) ^ turn(w[t - 2], 19) ^ w[t - 2] >> 10
        w.append((w[t - 16] + s0 + w[t - 7] + s1) & MASK)
    a, b, c, d, e, f, g, h = words
    for t in range(64):
        s1 = turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)
        t1 = h + s1 + (e & f ^ ~e & MASK & g) + ROUND[t] + w[t]
        s0 = turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)
        t2 = s0 + (a & b ^ a & c ^ b & c)
        a, b, c, d, e, f, g, h = (t1 + t2) & MASK, a, b, c, (d + t1) & MASK, e, f, g
    return [(x + y) & MASK for x, y in zip(words, (a, b, c, d, e, f, g, h))]


def hash_on(state, before, rest):
    """SHA-256 of a file of which only the state after its first bytes and the bytes behind them are known."""
    total = before + len(rest)
    rest += b"\x80" + bytes((55 - total) % 64) + struct.pack(">Q", total * 8)
    words = list(struct.unpack(">8I", state))
    for at in range(0, len(rest), 64):
        words = compress(words, rest[at : at + 64])
    return struct.pack(">8I", *words).hex()


class Refused(Exception):
    pass


def require(holds, what):
    if not holds:
        raise Refused(what)


def unbase64(text):
    data = base64.b64decode(text, validate=True)
    require(base64.b64encode(data).decode() == text, "a field is no base64")
    return data


def canonical(value):
    text = json.dumps(value, indent=2, ensure_ascii=False) + "\n"
    return "".join("\\u%04x" % ord(c) if 0xD800 <= ord(c) < 0xE000 else c for c in text).encode()


def read_directory(tail, total):
    """Page digests, and where the directory begins in the file."""
    require(len(tail) > 9 and tail[-4:] == bytes.fromhex("b1ea928f"), "the tail ends with no seek table")
    seek = struct.unpack("<I", tail[-9:-5])[0] * 12 + 9 + 8
    rest = tail[: max(0, len(tail) - seek)]
    require(len(rest) >= 80 and rest[-8:] == b"TIDEMARK", "there is no directory")
    _, _, metadata, table, pages, version = struct.unpack("<QQQQII", rest[-80:-40])
    require(version == 1, "the directory is of another version")
    length = 8 + metadata + table + 80
    require(length <= len(rest), "the tail does not hold the directory")
    frame = rest[len(rest) - length :]
    require(frame[:8] == struct.pack("<II", 0x184D2A5C, length - 8), "the directory is no skippable frame")
    require(hashlib.sha256(frame[8:-40]).digest() == frame[-40:-8], "the directory has not its digest")
    digests, at = [], 8 + metadata
    for _ in range(pages):
        digests.append(frame[at + 16 : at + 48])
        at += 52 + struct.unpack("<I", frame[at + 48 : at + 52])[0]
    return digests, total - seek - length


def find_entry(page, uid, created_at):
    """Size and sha256 of the entry."""
    run = subprocess.run(["zstd", "-dcq"], input=page, capture_output=True)
    require(run.returncode == 0, "the page cannot be decompressed")
    content = run.stdout
    count, flags = struct.unpack("<II", content[:8])
    require(flags == 1, "the shard has no digests of single rows")
    times = struct.unpack_from("<%dq" % count, content, 8)
    sizes = struct.unpack_from("<%dQ" % count, content, 8 + 8 * count)
    ends = struct.unpack_from("<%dI" % count, content, 8 + 24 * count)
    uids = 8 + 60 * count
    for i in range(count):
        begin = ends[i - 1] if i else 0
        if times[i] == created_at and content[uids + begin : uids + ends[i]] == uid:
            at = 8 + 28 * count + 32 * i
            return sizes[i], content[at : at + 32].hex()
    raise Refused("the page does not list the uid at this time")


def check(proof_path, file_path, digest):
    with open(proof_path, "rb") as source:
        text = source.read()
    with open(file_path, "rb") as source:
        file = source.read()
    proof = json.loads(text)
    require(canonical(proof) == text, "it is not written as a proof is")
    require(
        list(proof) == ["format", "version", "uid", "createdAt", "shard", "prefix", "tail", "page"]
        and list(proof["prefix"]) == ["bytes", "state"]
        and (proof["format"], proof["version"]) == ("tidemark-proof", 1),
        "it is no proof that this program knows",
    )
    numbers = (proof["version"], proof["createdAt"], proof["prefix"]["bytes"])
    require(all(type(number) is int for number in numbers), "a number is none")
    require(proof["shard"] == digest, "it is of another shard")
    before, state, tail = proof["prefix"]["bytes"], unbase64(proof["prefix"]["state"]), unbase64(proof["tail"])
    require(before % 64 == 0 and len(state) == 32, "the prefix does not end at a block")
    require("sha256:" + hash_on(state, before, tail) == digest, "the tail does not come to the digest")
    digests, directory = read_directory(tail, before + len(tail))
    require(before == directory // 64 * 64, "the tail does not begin where the directory does")
    page = unbase64(proof["page"])
    require(hashlib.sha256(page).digest() in digests, "the directory does not have the page")
    found = find_entry(page, proof["uid"].encode("utf-8", "surrogatepass"), proof["createdAt"])
    require(found == (len(file), hashlib.sha256(file).hexdigest()), "the file is not that of the entry")
    return proof


if __name__ == "__main__":
    try:
        proven = check(*sys.argv[1:])
    except (Refused, ValueError, KeyError, TypeError, AttributeError, struct.error) as error:
        sys.exit("refused: %s" % error)
    print("proven: %s at %d" % (json.dumps(proven["uid"]), proven["createdAt"]))
