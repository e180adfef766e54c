"""The commands in the README and what stands below each: read, run, and compared.

A block of ``console`` is run line by line in one folder, top to bottom; the plain block that
follows is what its last command prints. An HTML comment above the block says what is special:
``<!-- not run: why -->``, ``<!-- numbers depend on the processor -->``, where all but the digits is
compared, and ``<!-- the order depends on the processor -->``, where that is no more than the table.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

README = Path(__file__).parents[2] / "README.md"
_BLOCK = re.compile(
    r"(?:<!-- (?P<note>[^>]*?) -->\n)?```(?P<kind>console|python)\n(?P<code>.*?)\n```\n"
    r"(?:\n```\n(?P<output>.*?)\n```\n)?",
    re.DOTALL,
)
_NUMBER = re.compile(r"-?\d[\d,.]*(?:e[-+]\d+)?")


@dataclass(frozen=True)
class Block:
    """Code in the README, and what should be printed."""

    kind: str
    """``console`` or ``python``."""
    code: str
    output: str | None
    note: str
    span: tuple[int, int]
    """Of the output in the README."""

    @property
    def runs(self) -> bool:
        """Whether it is run here; what installs is run by .ci/run."""
        return not self.note.startswith("not run") and any(self.commands())

    def commands(self) -> Iterator[str]:
        """Each command of a console block; one that ends in a here document has all its lines."""
        lines = iter(self.code.split("\n"))
        for line in lines:
            command = [line]
            here = re.search(r"<<'(\w+)'", line)
            while here and command[-1] != here[1]:
                command.append(next(lines))
            if "pip install" in line:  # of a line that installs, what it runs then
                last = line.rpartition("&& ")[2]
                if not last.startswith(".venv/bin/convcheck"):
                    continue
                command = [last.removeprefix(".venv/bin/")]
            yield "\n".join(command)

    def same(self, printed: str) -> bool:
        """Whether this is what the README shows, line breaks aside where numbers may differ."""
        assert self.output is not None
        if "order depends" in self.note:  # and with it what is said of it
            ours, theirs = (
                _words(text.partition("difference")[0]) for text in (printed, self.output)
            )
            return ours == theirs and "replayed bit for bit" in printed
        if "numbers depend" in self.note:
            return _words(printed) == _words(self.output)
        return _lines(printed) == _lines(self.output)


def blocks() -> list[Block]:
    """Every block, top to bottom."""
    return [
        Block(
            found["kind"], found["code"], found["output"], found["note"] or "", found.span("output")
        )
        for found in _BLOCK.finditer(README.read_text(encoding="utf-8"))
    ]


def run(command: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a command line in a shell, with the commands of this interpreter's environment."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def _lines(text: str) -> list[str]:
    return [line.rstrip() for line in text.rstrip().split("\n")]


def _words(text: str) -> list[str]:
    return _NUMBER.sub("#", text).split()
