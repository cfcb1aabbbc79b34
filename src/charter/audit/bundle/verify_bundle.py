#!/usr/bin/env python3
"""Checks an audit bundle on its own: Python 3.9 or later and nothing else, no network.

    python3 verify.py                        in the bundle's folder
    python3 verify.py --key PUBLIC_KEY.pem   with the key that the agency published
    python3 verify.py --head 3f9a02bc11de    the beginning of a seal's hash, as a mail or a report printed it

It compares every file with the list of contents and its signature; every seal with its line in the chain, its
signature and the seal before it; every report and page with the seal that names it; every row of every table with the
night's seal; and every line of CSV with the row. Ends with 0 when all is as it was sealed, with 1 when it is not.

Signatures are Ed25519 (RFC 8032), checked here by the formulas of its section 5.1.
"""

from __future__ import annotations

import argparse
import base64
import csv
import gzip
import hashlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

WORDS = {
    "en": {
        "contents": "files of the bundle",
        "signature": "signature over the contents",
        "chain": "seals of the chain",
        "sealed": "files that a seal names",
        "rows": "rows of published tables",
        "csv": "lines of CSV, compared with those rows",
        "head": "heads from elsewhere",
        "good": "Everything is as it was sealed.",
        "bad": "{count} things are not as they were sealed:",
        "key": "Key: {key}… Compare it with the one that the agency published.",
        "newest": "The newest seal is {head}…",
        "unsealed": "{count} files stand under no seal (made for the bundle; the signed contents name them)",
    },
    "ko": {
        "contents": "묶음의 파일",
        "signature": "목록의 서명",
        "chain": "사슬의 봉인",
        "sealed": "봉인에 적힌 파일",
        "rows": "공개된 표의 행",
        "csv": "행과 견준 CSV 줄",
        "head": "다른 곳에서 받은 머리 값",
        "good": "모두 봉인된 그대로입니다.",
        "bad": "봉인과 다른 것이 {count}건 있습니다:",
        "key": "열쇠: {key}… 기관이 공개한 것과 견주십시오.",
        "newest": "최근 봉인: {head}…",
        "unsealed": "봉인이 없는 파일 {count}개(이 묶음을 위해 만든 것으로, 서명된 목록에는 있습니다)",
    },
}
Json = Any
Point = tuple[int, int, int, int]
# A line of the chain, the statement, the payload that was signed, and the signatures.
Said = tuple[Json, Json, bytes, list[bytes]]
PAYLOAD_TYPE = "application/vnd.in-toto+json"
ROTATION = "rotation"

# ── Ed25519: RFC 8032, section 5.1 ────────────────────────────────────────────────────────────────

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT_OF_MINUS_ONE = pow(2, (P - 1) // 4, P)


def plus(one: Point, other: Point) -> Point:
    """The sum of two points in extended coordinates."""
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c = 2 * one[3] * other[3] * D % P
    d = 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def times(number: int, point: Point) -> Point:
    total = (0, 1, 1, 0)
    while number:
        if number & 1:
            total = plus(total, point)
        point = plus(point, point)
        number >>= 1
    return total


def is_same(one: Point, other: Point) -> bool:
    return (one[0] * other[2] - other[0] * one[2]) % P == 0 and (one[1] * other[2] - other[1] * one[2]) % P == 0


def x_of(y: int, sign: int) -> int | None:
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    if square == 0:
        return None if sign else 0
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT_OF_MINUS_ONE % P
    if (x * x - square) % P:
        return None
    return P - x if x & 1 != sign else x


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE_X = x_of(BASE_Y, 0) or 0
BASE = (BASE_X, BASE_Y, 1, BASE_X * BASE_Y % P)


def point_of(encoded: bytes) -> Point | None:
    if len(encoded) != 32:
        return None
    y = int.from_bytes(encoded, "little")
    sign, y = y >> 255, y & ((1 << 255) - 1)
    x = x_of(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether ``signature`` (64 bytes) is that of ``message`` by the public ``key`` (32 bytes)."""
    if len(signature) != 64:
        return False
    public, commitment = point_of(key), point_of(signature[:32])
    number = int.from_bytes(signature[32:], "little")
    if public is None or commitment is None or number >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % ORDER
    return is_same(times(number, BASE), plus(commitment, times(challenge, public)))


def key_in(pem: str) -> bytes:
    """The 32 bytes of an Ed25519 public key in PEM."""
    lines = [line for line in pem.strip().splitlines() if line and "-----" not in line]
    content = base64.b64decode("".join(lines))
    if len(content) != 44 or content[:12] != bytes.fromhex("302a300506032b6570032100"):
        raise ValueError("no Ed25519 public key")
    return content[12:]


# ── what is compared ──────────────────────────────────────────────────────────────────────────────


class Found:
    """What was compared, how often, and what is wrong."""

    def __init__(self) -> None:
        self.counts: dict[str, int] = {}
        self.wrong: list[str] = []

    def compared(self, kind: str, number: int = 1) -> None:
        self.counts[kind] = self.counts.get(kind, 0) + number

    def say(self, text: str) -> None:
        self.wrong.append(text)


def check_contents(folder: Path, key: bytes, found: Found) -> Json:
    """The list of contents against the folder, and its signature."""
    listed = (folder / "contents.json").read_bytes()
    contents = json.loads(listed)
    found.compared("signature")
    try:
        signature = bytes.fromhex((folder / "contents.sig").read_text().strip())
    except (OSError, ValueError):
        signature = b""
    if not is_signed(key, listed, signature):
        found.say("contents.json: its signature is not that of this key")
    named = {file["path"]: file["sha256"] for file in contents["files"]}
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}
    for path in sorted(there - set(named) - {"contents.json", "contents.sig"}):
        found.say(f"{path}: the contents do not name it")
    for path, sha256 in sorted(named.items()):
        found.compared("contents")
        if path not in there:
            found.say(f"{path}: missing")
        elif hashlib.sha256((folder / path).read_bytes()).hexdigest() != sha256:
            found.say(f"{path}: not the file that was bundled")
    return contents


def check_chain(evidence: Path, key: bytes, found: Found) -> tuple[list[Json], list[tuple[Json, Json]]]:
    """Every seal of the chain; what they say, in order, as far as it is as it was sealed."""
    entries = [json.loads(line) for line in (evidence / "chain.jsonl").read_text().splitlines()]
    said: list[Said] = []
    before = None
    for number, entry in enumerate(entries, start=1):
        found.compared("chain")
        place = place_of(entry)
        if entry["sequence"] != number or entry["previous"] != before:
            found.say(f"evidence/chain.jsonl:{number}: does not follow from the line before it")
        before = entry["sha256"]
        try:
            payload, signatures = seal_in(evidence / place)
        except (OSError, ValueError, KeyError, TypeError):
            found.say(f"evidence/{place}: missing, or no seal")
            continue
        if hashlib.sha256(payload).hexdigest() != entry["sha256"]:
            found.say(f"evidence/{place}: altered since it was sealed")
            continue
        said.append((entry, json.loads(payload), payload, signatures))
    for entry, key_then, payload, signatures in with_keys(said, key, found):
        message = pae(payload) if entry.get("format") == "dsse" else payload
        if not any(is_signed(key_then, message, signature) for signature in signatures):
            found.say(f"evidence/{place_of(entry)}: not signed by the key in force")
    return entries, [(entry, predicate(statement)) for entry, statement, _, _ in said]


def place_of(entry: Json) -> str:
    stamp = entry["as_of"].replace("-", "").replace(":", "")[:15] + "Z"
    suffix = "" if entry["revision"] == 1 else f".r{entry['revision']}"
    ending = ".dsse.json" if entry.get("format") == "dsse" else ".json"
    return f"{stamp}-{entry['kind']}/manifest{suffix}{ending}"


def seal_in(path: Path) -> tuple[bytes, list[bytes]]:
    content = path.read_bytes()
    if not path.name.endswith(".dsse.json"):
        return content, [path.with_suffix(".sig").read_bytes()]
    envelope = json.loads(content)
    if envelope["payloadType"] != PAYLOAD_TYPE:
        raise ValueError("a payload of another kind")
    return base64.b64decode(envelope["payload"]), [base64.b64decode(each["sig"]) for each in envelope["signatures"]]


def pae(payload: bytes) -> bytes:
    """What DSSE signs: the payload with its type and their lengths."""
    return b"DSSEv1 %d %s %d %s" % (len(PAYLOAD_TYPE), PAYLOAD_TYPE.encode(), len(payload), payload)


def predicate(statement: Json) -> Json:
    return statement.get("predicate", statement)


def with_keys(said: list[Said], key: bytes, found: Found) -> Iterator[tuple[Json, bytes, bytes, list[bytes]]]:
    """Each seal with the key that was in force; the key given must be one of those that followed one another."""
    rotations = [predicate(statement) for entry, statement, _, _ in said if entry["kind"] == ROTATION]
    then = key
    if rotations:
        known = [key_in(rotations[0]["retired"]), *(key_in(each["successor"]) for each in rotations)]
        if key not in known:
            found.say("evidence: the key is none of those that the seals say followed one another")
        then = known[0]
    for entry, statement, payload, signatures in said:
        yield entry, then, payload, signatures
        if entry["kind"] == ROTATION:
            then = key_in(predicate(statement)["successor"])
            yield entry, then, payload, signatures


def check_sealed(contents: Json, said: list[tuple[Json, Json]], found: Found) -> int:
    """Files that were in the state folder, against the newest seal that names them."""
    newest: dict[str, str] = {}
    for entry, manifest in said:
        if entry["kind"] == ROTATION:
            continue
        for file in manifest.get("gone", ()):
            newest.pop(file, None)
        for file in [*manifest.get("kept", ()), *manifest["rendered"]]:
            newest[file["path"]] = file["sha256"]
    unsealed = 0
    for file in contents["files"]:
        if file["place"] is None or file["place"] not in newest:
            unsealed += 1
        elif newest[file["place"]] == file["sha256"]:
            found.compared("sealed")
        else:
            found.compared("sealed")
            found.say(f"{file['path']}: not as it was sealed")
    return unsealed


def check_tables(folder: Path, contents: Json, said: list[tuple[Json, Json]], found: Found) -> None:
    """Every row of every bundled partition against the night's seal, and the CSV beside it against the rows."""
    night = [manifest for entry, manifest in said if entry["sha256"] == contents["seal"]]
    if not night:
        found.say("contents.json: the seal that vouches for the tables is not in the chain")
        return
    sealed = {
        (table["table"], part["partition"]): part for table in night[0]["warehouse"] for part in table["partitions"]
    }
    for part in contents["tables"]:
        lines = gzip.decompress((folder / part["path"]).read_bytes()).decode().split("\n")[:-1]
        seal = sealed.get((part["table"], part["partition"]))
        found.compared("rows", len(lines))
        digests = sorted(hashlib.sha256(line.encode()).digest() for line in lines)
        sha256 = hashlib.sha256(b"".join(digests)).hexdigest()
        if seal is None or sha256 != seal["sha256"] or seal["rows"] != len(lines):
            found.say(f"{part['path']}: not the rows that were sealed")
        check_csv(folder, part["path"].replace(".jsonl.gz", ".csv"), lines, found)


def check_csv(folder: Path, path: str, lines: list[str], found: Found) -> None:
    with (folder / path).open(encoding="utf-8", newline="") as file:
        head, *rows = list(csv.reader(file))
    found.compared("csv", len(rows))
    if len(rows) != len(lines):
        found.say(f"{path}: {len(rows)} lines, and {len(lines)} rows were sealed")
        return
    for number, line in enumerate(lines):
        told = json.loads(line, parse_float=str, parse_int=str)
        if [cell(told[column]) for column in head] != rows[number]:
            found.say(f"{path}:{number + 2}: not the row that was sealed")
            return


def cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def check_heads(heads: list[str], entries: list[Json], found: Found) -> None:
    for head in heads:
        found.compared("head")
        wanted = "".join(sign for sign in head.lower() if sign in "0123456789abcdef")
        if len(wanted) < 12:
            found.say(f"{head}: too short to tell; give its first 12 digits at least")
        elif not any(entry["sha256"].startswith(wanted) for entry in entries):
            found.say(f"{head}: no seal of the chain begins so")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", nargs="?", type=Path, default=Path(__file__).resolve().parent)
    parser.add_argument("--key", type=Path, help="the public key (PEM) that the agency published")
    parser.add_argument("--head", action="append", default=[], help="the beginning of a seal's hash, from elsewhere")
    asked = parser.parse_args()
    words = WORDS["ko" if os.environ.get("LANG", "").startswith("ko") else "en"]
    found, folder = Found(), asked.folder
    place = asked.key or folder / "evidence" / "public_key.pem"
    try:
        pem = place.read_text()
        key = key_in(pem)
    except (OSError, ValueError):
        print(f"✗ {place}: no Ed25519 public key in PEM can be read there")
        return 1
    try:
        contents = check_contents(folder, key, found)
        entries, said = check_chain(folder / "evidence", key, found)
        unsealed = check_sealed(contents, said, found)
        check_tables(folder, contents, said, found)
    except (OSError, ValueError, KeyError, TypeError, EOFError, AttributeError) as error:
        for each in found.wrong:
            print(f"✗ {each}")
        print(f"✗ contents.json, the chain or a table is not as it was written, and can't be read further: {error}")
        return 1
    check_heads(asked.head, entries, found)
    for kind in ("contents", "signature", "chain", "sealed", "rows", "csv", "head"):
        if kind in found.counts:
            print(f"{found.counts[kind]:>9,}  {words[kind]}")
    print(words["unsealed"].format(count=unsealed))
    print(words["key"].format(key=hashlib.sha256(pem.encode()).hexdigest()[:16]))
    if entries:
        print(words["newest"].format(head=entries[-1]["sha256"][:16]))
    if not found.wrong:
        print(f"✓ {words['good']}")
        return 0
    print(f"✗ {words['bad'].format(count=len(found.wrong))}")
    for each in found.wrong:
        print(f"  {each}")
    return 1


if __name__ == "__main__":
    sys.exit(main())
