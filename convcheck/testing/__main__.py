"""``python -m convcheck.testing [NAME...]``: prints the suite's table of counts."""

from __future__ import annotations

from convcheck.entry import end_with


def _command() -> int:
    from convcheck.command_line import run_command  # here, where a signal is heard already
    from convcheck.testing.command import main

    return run_command(main, "python -m convcheck.testing")


if __name__ == "__main__":
    end_with(_command)
