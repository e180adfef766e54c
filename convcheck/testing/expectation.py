"""A known failure of a framework, which the suite expects in place of a pass.

An expectation is for one implementation and the specs that its ``covers`` picks, and it names the
versions in which it was seen. Where a spec no longer fails as expected the suite fails, so that a
framework's fix is noticed: then ``until`` gets the first version without the failure.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache

from convcheck.case.passes import FORWARD
from convcheck.implementations.name import Name
from convcheck.results import Status
from convcheck.testing.named_spec import NamedSpec

LOW_PRECISION = "low-precision-accumulation"
"""The cause that the suite tests: sums kept in the output's format must explain every element."""
UPSTREAM_BUG = "upstream bug"


@dataclass(frozen=True, eq=False)
class Expectation:
    """A known failure of one implementation on some specs."""

    implementation: str
    """What ``-i`` takes, without options."""
    covers: Callable[[NamedSpec], bool]
    """The specs that fail."""
    statuses: tuple[Status, ...]
    """The statuses that they may have."""
    cause: str
    text: str
    """What is wrong, where, and on what it depends."""
    seen: Mapping[str, str]
    """Package -> version it was seen with, of every package involved. Earlier ones may have it."""
    until: Mapping[str, str] = field(default_factory=dict)
    """Package -> its first version without the failure; none yet unless given."""
    link: str = ""
    reproduction: str = ""
    """A few lines of Python, with nothing of ours, whose last prints what is wrong."""
    always: bool = True
    """Whether each covered spec fails on any machine. If not, each may fail or pass."""
    passes: tuple[str, ...] = (FORWARD,)
    """The passes that fail."""
    instructions: str = ""
    """The processor's flag without which it cannot occur; "" where it may on any."""

    def applies(self, name: Name, spec: NamedSpec, versions: Mapping[str, str]) -> bool:
        """Whether this spec may fail in this way with these versions."""
        return (
            name.base == self.implementation
            and all(package in versions for package in self.seen)
            and not any(_number(versions[p]) >= _number(v) for p, v in self.until.items())
            and _may_have(self.instructions)
            and spec.pass_ in self.passes
            and self.covers(spec)
        )

    def must_fail(self, versions: Mapping[str, str]) -> bool:
        """Whether a pass is news: every covered spec failed in these versions or earlier ones."""
        return self.always and all(
            _number(versions[package]) >= _number(version) for package, version in self.seen.items()
        )


@cache
def processor_flags() -> frozenset[str]:
    """Instruction sets of the processor, as Linux names them; none where nobody says."""
    try:
        with open("/proc/cpuinfo") as text:
            line = next((line for line in text if line.startswith("flags")), "")
    except OSError:
        return frozenset()
    return frozenset(line.partition(":")[2].split())


def _may_have(instructions: str) -> bool:
    flags = processor_flags()
    return not (instructions and flags) or instructions in flags


def _number(version: str) -> tuple[int, ...]:
    """A version as numbers to compare: ``2.13.0+cpu`` is (2, 13, 0)."""
    return tuple(int(part) for part in re.findall(r"\d+", version.partition("+")[0])[:3])
