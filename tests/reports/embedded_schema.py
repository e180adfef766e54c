"""The copies of compare.schema.json inside the schemas that refer to it.

``python -m tests.reports.embedded_schema`` makes them anew, after a change of compare's.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import convcheck.reports.json

FOLDER = Path(convcheck.reports.json.__file__).parent
LINE = re.compile(r'(?m)^    "compare": .*$')
"""A copy is one line of ``$defs``."""


def compare() -> dict[str, object]:
    """compare.schema.json."""
    found: dict[str, object] = json.loads((FOLDER / "compare.schema.json").read_text())
    return found


def holders() -> list[Path]:
    """The schemas that hold a copy."""
    return [path for path in FOLDER.glob("*.schema.json") if LINE.search(path.read_text())]


def main() -> None:
    """Make the copies anew."""
    line = f'    "compare": {json.dumps(compare(), separators=(",", ":"))}'
    for path in holders():
        path.write_text(LINE.sub(lambda _: line, path.read_text()))


if __name__ == "__main__":
    main()
