"""Searches for inputs that reach new lines of a parser: mutate, run, keep what went somewhere new.

    python -m tests.hostile.fuzzing.mutate [SECONDS [PARSER...]]

adds what it finds to the corpus beside this file, which a test replays.
"""

from __future__ import annotations

import hashlib
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import FrameType
from typing import Any

from .parsers import PARSERS, REFUSALS, seeds

CORPUS = Path(__file__).parent / "corpus"
LONGEST = 4000
PACKAGE = "/convcheck/"
_PIECES = [
    *(b"0", b"-1", b"9" * 30, b"9" * 5000, b"1e400", b"nan", b"True", b"None", b"null", b"["),
    *(b"{", b"}", b"]", b"(", b")", b"'", b'"', b"\\", b"\n", b"\0", b"\x1b[2J", b"\xff"),
    *(b"\xe2\x80\xae", b",", b":", b"=", b"?", b"&", b"@", b"same", b"valid"),
    *(b"<f4", b"|O", b"|V2", b"[tool.", b"#", b"\x1d", b"\xd9\xa3"),
]  # fmt: skip


def corpus(parser: str) -> list[bytes]:
    """What is kept of a parser, and what it begins with."""
    kept = [file.read_bytes() for file in sorted((CORPUS / parser).glob("*"))]
    return [*seeds()[parser], *kept]


def mutated(data: bytes, others: Sequence[bytes], chance: random.Random) -> bytes:
    """The input with some changes."""
    body = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at, length = chance.randint(0, len(body)), chance.choice((1, 1, 2, 8, 64))
        match chance.randrange(7):
            case 0:
                body[at:at] = chance.choice(_PIECES)
            case 1:
                body[at : at + length] = chance.choice(_PIECES)
            case 2:
                del body[at : at + length]
            case 3:
                body[at:at] = body[at : at + length] * chance.choice((1, 2, 100))
            case 4 if body:
                body[at % len(body)] ^= 1 << chance.randrange(8)
            case 5:
                other = chance.choice(others)
                start = chance.randint(0, len(other))
                body[at:] = other[start:]
            case _:
                body[at:at] = bytes([chance.randrange(256)])
    return bytes(body[:LONGEST])


def reached(parse: Callable[[bytes], object], data: bytes) -> set[tuple[int, int, int]]:
    """The steps, from line to line, that convcheck's own code takes with this input.

    Raises what the parser raises, its refusals apart.
    """
    steps: set[tuple[int, int, int]] = set()

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        if PACKAGE not in frame.f_code.co_filename:
            return None
        code, last = hash(frame.f_code), 0

        def line(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal last
            if event == "line":
                steps.add((code, last, frame.f_lineno))
                last = frame.f_lineno
            return line

        return line

    before = sys.gettrace()
    sys.settrace(enter)
    try:
        parse(data)
    except REFUSALS:
        pass
    finally:
        sys.settrace(before)
    return steps


def search(parser: str, seconds: float, chance: random.Random) -> Iterator[bytes]:
    """Inputs, as they are found, that reach what nothing of the corpus does."""
    parse, known = PARSERS[parser], corpus(parser)
    seen: set[tuple[int, int, int]] = set()
    for data in known:
        seen |= reached(parse, data)
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        data = mutated(chance.choice(known), known, chance)
        try:
            steps = reached(parse, data)
        except Exception as error:
            raise AssertionError(f"{parser} raises {error!r} for {data[:500]!r}") from error
        if not steps <= seen:
            seen |= steps
            known.append(data)
            yield data


def main() -> None:
    """Search each parser for some seconds, and keep what is found."""
    seconds, *parsers = sys.argv[1:] or ["60"]
    for parser in parsers or PARSERS:
        (CORPUS / parser).mkdir(parents=True, exist_ok=True)
        found = 0
        for data in search(parser, float(seconds), random.Random()):
            name = hashlib.sha256(data).hexdigest()[:16]
            (CORPUS / parser / name).write_bytes(data)
            found += 1
        print(f"{parser}: {found} new, {len(corpus(parser))} in all")


if __name__ == "__main__":
    main()
