"""``python -m tests.readme.update``: run the README's commands, write what they print into it."""

from __future__ import annotations

import tempfile
from pathlib import Path

from tests.readme.blocks import README, blocks, run


def main() -> None:
    """Write the README anew; its commands must run."""
    text = README.read_text(encoding="utf-8")
    changes = []
    with tempfile.TemporaryDirectory() as folder:
        for block in (one for one in blocks() if one.kind == "console" and one.runs):
            for command in block.commands():
                done = run(command, Path(folder))
                assert done.returncode in (0, 1, 3), f"{command}\n{done.stderr}"
            if block.output is not None and block.output != done.stdout.rstrip():
                changes.append((block.span, done.stdout.rstrip()))
    for (begin, end), printed in reversed(changes):
        text = text[:begin] + "\n".join(map(str.rstrip, printed.split("\n"))) + text[end:]
    README.write_text(text, encoding="utf-8")
    print(f"{len(changes)} blocks changed")


if __name__ == "__main__":
    main()
