"""The text report as a person reads it: a headline, then labelled sections."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass

from tests.causes.fixing import codes

_SECTION = re.compile(r"  (\w*) {2,}(\S.*)")
_HEADLINE = re.compile(r"([A-Z][A-Z ]+[A-Z])(?: {5}|$)")
LABELS = ("why", "fix", "budget", "blind", "note", "fails", "settings")


@dataclass(frozen=True)
class Report:
    """One run of the command."""

    code: int
    headline: str
    sections: tuple[tuple[str, str], ...]
    """(label, text): each text in one line again."""
    text: str

    def of(self, label: str) -> list[str]:
        """The texts of a label, in order."""
        return [text for own, text in self.sections if own == label]

    @property
    def cause(self) -> str:
        """The first cause that is named."""
        return re.split(r"[ :]", self.of("why")[0])[0]

    def codes(self, *, after: str = "") -> dict[str, str]:
        """Framework -> code of the fix; of what follows some words, or precedes them all."""
        (fix,) = self.of("fix")
        first, _, second = fix.partition("; or as ")
        return dict(codes(second.partition(after)[2] if after else first))


def read(done: subprocess.CompletedProcess[str]) -> Report:
    """The report that a command printed. Fails for a traceback, and for a mistake."""
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode in (0, 1, 3), done.stderr
    sections: list[tuple[str, str]] = []
    headline = ""
    for line in done.stdout.splitlines():
        if found := _HEADLINE.match(line):
            headline = found[1]
        elif (begun := _SECTION.fullmatch(line)) and begun[1] in LABELS:
            sections.append((begun[1], begun[2]))
        elif headline and sections and line.startswith(" " * 8):
            label, text = sections[-1]
            another = label == "fix" and "   then " in line
            if another:
                sections.append((label, line.strip()))
            else:
                sections[-1] = (label, f"{text} {line.strip()}")
    return Report(done.returncode, headline, tuple(sections), done.stdout)
