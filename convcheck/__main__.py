"""``python -m convcheck``, and the entry point of the ``convcheck`` command."""

from __future__ import annotations

from convcheck.entry import end_with


def start() -> None:
    """Run the command line that was typed and end the process."""
    end_with(_command)


def _command() -> int:
    from convcheck.cli.main import command  # here, where a signal is heard already

    return command()


if __name__ == "__main__":
    start()
