"""The code in the text of a fix, and what comes of it in the framework it speaks of."""

from __future__ import annotations

import pickle
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .run_fixes import FRAMEWORKS, Job, numpy, run

_LABEL = re.compile(
    rf"(?:^|; or as .+? has it: |[.;] |\s)(?=(?:{'|'.join(FRAMEWORKS)})(?: \([A-Z]+\))?: )"
)
_WAY = re.compile(rf"({'|'.join(FRAMEWORKS)})(?: \([A-Z]+\))?: (.*)", re.DOTALL)


def codes(fix: str) -> list[tuple[str, str]]:
    """(framework, code) of each way that a fix names; what is left are words."""
    parts = (part.strip() for part in _LABEL.split(fix))
    ways = [match for part in parts if (match := _WAY.fullmatch(part))]
    return [(way[1], way[2].strip().rstrip(";").strip()) for way in ways]


def outcomes(framework: str, jobs: Sequence[Job]) -> list[dict[str, Any] | str]:
    """The arrays that each job ends with, or the framework's refusal."""
    if framework == "numpy":
        return [run(job, numpy) for job in jobs]
    done = subprocess.run(
        [sys.executable, "-m", "tests.causes.run_fixes", framework],
        input=pickle.dumps(list(jobs)),
        capture_output=True,
        check=False,
        cwd=Path(__file__).parents[2],
        timeout=600,
    )
    _, found, results = done.stdout.partition(b"results:")
    assert found, done.stderr.decode()[-2000:]
    every: list[dict[str, Any] | str] = pickle.loads(results)
    return every
